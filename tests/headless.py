"""The tests' browser: a real Chromium, without a window."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from livechat_helpers.launch.chromium import find

_WITHOUT = (
    # Each new context would load the address bar's pages, which take a second of
    # processor time, more than most of our pages.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    # Playwright's list is repeated here, because the last of these options wins.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "LensOverlay"),
    *("MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    "SpareRendererForSitePerProcess",
)

# It runs under any account, even in a container, and never calls the internet.
_FLAGS = (
    f"--disable-features={','.join(_WITHOUT)}",
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)

_PATIENCE = 60_000  # ms: two cores have other tests to run, too


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Run the browser that the set-up found.

    While it runs, Playwright keeps an event loop on this thread, and ``asyncio.run``
    doesn't work there.

    flags: additional command-line flags.
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
