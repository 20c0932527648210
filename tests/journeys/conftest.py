"""What every journey through a browser may rely on."""

from playwright.async_api import expect

from tests.journeys.stage import PATIENCE_SECONDS

# Playwright gives up after five seconds, which a busy machine needs for a page.
expect.set_options(timeout=PATIENCE_SECONDS * 1_000)
