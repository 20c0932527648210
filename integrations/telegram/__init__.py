"""Telegram: the team's chats and the customers' main road."""
