"""What nobody needs any more does not pile up."""

from bot.domain.policy import PROMPT_LIFE
from bot.storage.store import Store
from bot.use_cases.reject_lead import ask_reject_reason
from scheduler.pruning import UNANSWERED_KEPT, PruningJob
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, House


async def test_questions_that_nobody_answered(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    await house.opens()
    job = PruningJob(house.store, house.clock.now)
    await house.do(ask_reject_reason, await house.owned_lead(), ANNA, house.policy, house.now)
    house.clock.advance(seconds=(PROMPT_LIFE + UNANSWERED_KEPT).total_seconds())
    await house.do(ask_reject_reason, await house.owned_lead("Пётр"), ANNA, house.policy, house.now)
    await job.run()
    assert len(await house.prompts("reject")) == 2
    house.clock.advance(seconds=1)
    await job.run()
    assert len(await house.prompts("reject")) == 1
