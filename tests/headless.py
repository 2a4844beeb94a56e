"""The browser of the tests: a real Chromium, without a window."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from livechat_helpers.launch.chromium import find

_WITHOUT = (
    # A page of the address bar's own, which each new context would load: a second of
    # processor time, more than most of our pages take.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    # Playwright's own list, which the browser would not hear of: the last one counts.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "LensOverlay"),
    *("MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
)

# It runs as any user, also in a container, and asks nobody on the internet anything.
_FLAGS = (
    f"--disable-features={','.join(_WITHOUT)}",
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)

_PATIENCE = 60_000  # ms: two cores have other tests to run, too


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Run the browser that the set-up has found.

    While it runs, Playwright keeps an event loop on this thread, and ``asyncio.run``
    does not work there.

    flags: more of its own.
    """
    program = find()
    assert program is not None, "There is no browser: python -m livechat_helpers test"
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program, args=[*_FLAGS, *flags]
        )
        yield launched
        launched.close()
