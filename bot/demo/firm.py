"""The people of the demo's firm and their chats, by their ids in the simulated Telegram."""

from dataclasses import dataclass

from bot.demo.words import Words
from bot.use_cases.team import Person
from integrations.telegram.sandbox.client import SandboxClient


@dataclass(frozen=True, slots=True)
class Firm:
    customer: Person
    anna: Person
    boris: Person
    marketer: Person
    manager: Person
    sales: int
    marketing: int
    managers: int

    @property
    def team(self) -> tuple[Person, ...]:
        return self.anna, self.boris, self.marketer, self.manager


async def found_firm(sandbox: SandboxClient, words: Words, locale: str) -> Firm:
    """A customer, two salespeople, a marketer and a manager, and the three chats of the firm."""

    async def person(name: tuple[str, str], username: str) -> Person:
        number = await sandbox.create(*name, username=username, language_code=locale)
        return Person(number, " ".join(name), username)

    await sandbox.set_bot(first_name="Gemba", has_topics_enabled=True)
    customer = await person(words.customer, "ivan_p")
    anna, boris = await person(words.anna, "anna"), await person(words.boris, "boris")
    marketer, manager = await person(words.marketer, "maria"), await person(words.manager, "victor")
    mates, boss = [anna.telegram_id, boris.telegram_id], [manager.telegram_id]
    return Firm(
        customer,
        anna,
        boris,
        marketer,
        manager,
        sales=await sandbox.create_group(words.sales, members=mates, admins=boss),
        marketing=await sandbox.create_group(words.marketing, members=[marketer.telegram_id], admins=boss),
        managers=await sandbox.create_group(words.managers, admins=boss),
    )
