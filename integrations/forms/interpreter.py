"""What a submission means: one message, and a lead in front of the right people."""

import uuid
from collections.abc import Mapping
from typing import Any

from bot.domain.policy import Policy
from bot.ports import Act, Answer, Clock, RawEvent
from bot.use_cases.receive_form import receive_form
from integrations.forms.robots import Sign
from integrations.forms.submission import CHANNEL, Submission, Wrong, message_of, reachable_by, read_submission


def submission_event(
    submission: Submission, fields: Mapping[str, Any], robot: Sign | None = None, *, keeps_errors: bool = False
) -> RawEvent:
    """`fields` in our names: what the settings call them tomorrow changes nothing of what was accepted today."""
    raw: dict[str, Any] = {"form": submission.form, "fields": dict(fields), "number": uuid.uuid4().hex}
    if robot is not None:
        raw["robot"] = robot
    if keeps_errors:
        raw["keeps_errors"] = True
    return _event(submission, raw)


class FormInterpreter:
    def __init__(self, policy: Policy, clock: Clock) -> None:
        self._policy, self._clock = policy, clock

    def event(self, raw: Mapping[str, Any]) -> RawEvent:
        return _event(self._read(raw), raw)

    async def interpret(self, event: RawEvent) -> Act:
        submission, now = self._read(event.raw), self._clock.now()
        message = message_of(submission, event.raw["number"], now)
        args = (message, self._policy, now, event.raw.get("robot"))
        return Act(receive_form, args, lambda number: Answer(number))

    async def answer(self, event: RawEvent, answer: Answer) -> None:
        """The receiver has told the visitor already."""

    def _read(self, raw: Mapping[str, Any]) -> Submission:
        needs_contact = not raw.get("keeps_errors", False)
        submission = read_submission(raw["form"], raw["fields"], self._policy.region, needs_contact=needs_contact)
        if isinstance(submission, Wrong):
            raise TypeError("what was accepted is not acceptable any more")
        return submission


def _event(submission: Submission, raw: Mapping[str, Any]) -> RawEvent:
    """One person's submissions run in order. The form's own number makes a repetition the same event."""
    key = f"id:{submission.submission_id}" if submission.submission_id else raw["number"]
    return RawEvent(CHANNEL, f"{submission.form}:{key}", f"{CHANNEL}:{reachable_by(submission)}", raw)
