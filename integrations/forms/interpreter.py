"""What a submission means: one message, and a lead in front of the right people."""

import uuid
from collections.abc import Mapping
from typing import Any

from bot.domain.policy import Policy
from bot.ports import Act, Answer, Clock, RawEvent
from bot.use_cases.receive_form import receive_form
from integrations.forms.submission import CHANNEL, Submission, Wrong, message_of, read_submission


def submission_event(submission: Submission, fields: Mapping[str, Any]) -> RawEvent:
    """One person's submissions run in order. The form's own number makes a repetition the same event."""
    number = uuid.uuid4().hex
    key = f"id:{submission.submission_id}" if submission.submission_id else number
    raw = {"form": submission.form, "fields": dict(fields), "number": number}
    return RawEvent(CHANNEL, f"{submission.form}:{key}", _lane(submission), raw)


class FormInterpreter:
    def __init__(self, policy: Policy, clock: Clock) -> None:
        self._policy, self._clock = policy, clock

    def event(self, raw: Mapping[str, Any]) -> RawEvent:
        submission = self._read(raw)
        key = f"id:{submission.submission_id}" if submission.submission_id else raw["number"]
        return RawEvent(CHANNEL, f"{submission.form}:{key}", _lane(submission), raw)

    async def interpret(self, event: RawEvent) -> Act:
        submission, now = self._read(event.raw), self._clock.now()
        message = message_of(submission, event.raw["number"], now)
        return Act(receive_form, (message, self._policy, now), lambda number: Answer(number))

    async def answer(self, event: RawEvent, answer: Answer) -> None:
        """The receiver has told the visitor already."""

    def _read(self, raw: Mapping[str, Any]) -> Submission:
        submission = read_submission(raw["form"], raw["fields"], self._policy.region)
        if isinstance(submission, Wrong):
            raise TypeError("what was accepted is not acceptable any more")
        return submission


def _lane(submission: Submission) -> str:
    return f"{CHANNEL}:{submission.phone or submission.email}"
