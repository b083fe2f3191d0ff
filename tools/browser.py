"""A real browser for the whole-system tests and the screenshots: headless Chromium.

    with running_browser() as browser:
        page = browser.page("http://127.0.0.1:8069", "supervisor1")   # logged in
        page.open_menu("menu_mine_to_sign")
        page.click("tr.o_data_row", text="CLD2026-00001")
        page.fill("[name=comment] textarea", "同意")
        page.click("[name=action_sign]")
        assert page.take_errors() == []

Everything is done with the mouse and the keyboard at what a user can see: an element
is clicked only where it is visible, enabled and not covered. Nothing depends on the
words of the interface.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

from project import HOME, Problem

DESKTOP = (1366, 900)
PHONE = (390, 844)
TIMEOUT = 30
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=zh-CN", "--accept-lang=zh-CN",
    "--remote-debugging-port=0",
)  # fmt: skip
# below pytest this process may use as much memory as an Odoo worker may: too little here
UNLIMITED = ("/bin/sh", "-c", 'ulimit -S -v "$(ulimit -H -v)"; exec "$0" "$@"')
# what is still going on: calls to the server, the block of the whole screen, an animation
IDLE = """
    document.readyState === "complete" && !window.__calls
    && !document.querySelector(".o_blockUI, .o-autocomplete--dropdown-item .fa-spin")
    && performance.now() - (window.__last || 0) > 60
"""
# runs in every page before its own scripts: counts the open calls
PROBE = """
    window.__calls = 0;
    const done = () => { window.__calls--; window.__last = performance.now(); };
    const fetch_ = window.fetch;
    window.fetch = (...parts) => {
        if (String(parts[0]?.url || parts[0]).includes("/bus/")) return fetch_(...parts);
        window.__calls++;
        return fetch_(...parts).finally(done);
    };
    const send = XMLHttpRequest.prototype.send;
    XMLHttpRequest.prototype.send = function (...parts) {
        window.__calls++;
        this.addEventListener("loadend", done);
        return send.apply(this, parts);
    };
"""
# the first element that a user can see, and where to click it
FIND = """
    (selector, text) => [...document.querySelectorAll(selector)].find((element) =>
        element.getClientRects().length
        && getComputedStyle(element).visibility === "visible"
        && (!text || (element.innerText || element.value || "").includes(text)))
"""
PLACE = """
    (element) => {
        if (!element || element.disabled) return null;
        element.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
        const box = element.getBoundingClientRect();
        const x = box.x + Math.min(box.width / 2, 300), y = box.y + box.height / 2;
        const top = document.elementFromPoint(x, y);
        return top && (element.contains(top) || top.contains(element) && top.tagName !== "BODY"
            && top.tagName !== "HTML") ? [x, y, box.x, box.y] : null;
    }
"""


class Page:
    """One user's tab: acts like his hands, keeps every error of the scripts in `errors`."""

    def __init__(self, address, size):
        self.socket = websocket.create_connection(address, suppress_origin=True, timeout=TIMEOUT)
        self.number = 0
        self.errors = []
        self.url = None
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Page.addScriptToEvaluateOnNewDocument", source=PROBE)
        self.resize(*size)

    # ------------------------------------------------------------------
    # The protocol
    # ------------------------------------------------------------------
    def send(self, method, **params):
        """Send a command; keep the events that come before its answer."""
        self.number += 1
        number = self.number
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise Problem(f"{method}: {message['error']}")
                return message["result"]
            self._keep(message)

    def _keep(self, event):
        """Keep an event if it is an error of the page."""
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            what = details.get("exception", {})
            self.errors.append(what.get("description") or what.get("value") or details["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            words = [str(arg.get("value", arg.get("description"))) for arg in params["args"]]
            self.errors.append(" ".join(words))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            entry = params["entry"]
            # a dialog that nobody has touched is left behind
            if "'beforeunload'" in entry["text"]:
                return
            self.errors.append(f"{entry['text']} {entry.get('url', '')}")
        elif method == "Page.javascriptDialogOpening":
            # "leave without saving?": yes; it would block the page
            self.number += 1
            command = {"method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
            self.socket.send(json.dumps({"id": self.number, **command}))

    def take_errors(self):
        """Return the errors since the last time, and forget them."""
        self.idle()
        errors, self.errors = self.errors, []
        return errors

    def js(self, expression):
        """Return the value of an expression, evaluated in the page."""
        result = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise Problem(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    # ------------------------------------------------------------------
    # Waiting
    # ------------------------------------------------------------------
    def wait(self, expression, what="", timeout=TIMEOUT):
        """Return the value of an expression as soon as it is true."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with contextlib.suppress(Problem):
                if value := self.js(expression):
                    return value
            time.sleep(0.04)
        picture = HOME / "log" / "browser.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))
        said = self.js(
            "[...document.querySelectorAll('.modal-body, .o_notification')]"
            ".map((one) => one.innerText).join('; ')"
        )
        raise Problem(
            f"Waited in vain for {what or expression}; it says {said!r}, errors {self.errors};"
            f" what it shows is in {picture}"
        )

    def idle(self):
        """Wait until the page has nothing more to do."""
        self.wait(IDLE, "a quiet page")

    def see(self, selector, text="", timeout=TIMEOUT):
        """Wait until a user sees such an element; return its text."""
        find = f"({FIND})({json.dumps(selector)}, {json.dumps(text)})"
        return self.wait(
            f"(() => {{ const found = {find};"
            " return found ? (found.innerText || found.value || ' ') : '' })()",
            f"{selector} {text}",
            timeout,
        )

    def sees(self, selector, text=""):
        """Return whether a user sees such an element now."""
        return self.js(f"!!({FIND})({json.dumps(selector)}, {json.dumps(text)})")

    def gone(self, selector):
        """Wait until no user sees such an element."""
        self.wait(f"!({FIND})({json.dumps(selector)}, '')", f"the end of {selector}")

    # ------------------------------------------------------------------
    # Hands
    # ------------------------------------------------------------------
    def resize(self, width, height):
        """Make the window so big; below 600 pixels it is a phone."""
        phone = width < 600
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=phone,
        )  # fmt: skip
        self.send("Emulation.setTouchEmulationEnabled", enabled=phone)

    def goto(self, url):
        """Open an address, as a link in a mail does."""
        self.send("Page.navigate", url=url)
        self.wait("location.href !== 'about:blank' && document.readyState === 'complete'", url)
        self.idle()

    def click(self, selector, text=""):
        """Click the first element that is visible and has this text; wait until it's done."""
        arguments = f"{json.dumps(selector)}, {json.dumps(text)}"
        place = f"({PLACE})(({FIND})({arguments}))"
        before = None
        end = time.monotonic() + TIMEOUT
        # twice at the same place: it doesn't move any more
        while before is None or before != (now := self.wait(place, f"{selector} {text}")):
            before = self.wait(place, f"{selector} {text}")
            time.sleep(0.03)
            if time.monotonic() > end:
                raise Problem(f"{selector} {text} doesn't stand still")
        x, y = now[:2]
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            pressed = {"button": "left", "clickCount": 1} if kind != "mouseMoved" else {}
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **pressed)
        self.idle()

    def press(self, key):
        """Press a key such as Enter, Tab or Escape."""
        code = {"Enter": 13, "Tab": 9, "Escape": 27, "Backspace": 8}[key]
        more = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key,
                windowsVirtualKeyCode=code, **(more if kind == "keyDown" else {}),
            )  # fmt: skip
        self.idle()

    def type(self, text):
        """Type over what is in the field that has the focus."""
        self.js("document.activeElement.select?.()")
        self.send("Input.insertText", text=str(text))

    def fill(self, selector, text):
        """Click a field and type."""
        self.click(selector)
        self.wait(f"document.activeElement.matches({json.dumps(selector)})", f"{selector} focused")
        self.type(text)

    def choose(self, field, text):
        """Type into a many2one and take the proposal with this text."""
        self.fill(f"{field} input", text)
        # opening the list searches at once, typing a quarter of a second later: an answer
        # that comes after the choice would open the list again
        time.sleep(0.4)
        self.idle()
        self.click(".o-autocomplete--dropdown-item", text)
        self.gone(".o-autocomplete--dropdown-item")

    def select(self, field, index):
        """Choose the index-th value of a drop-down list."""
        self.click(f"{field} input, {field} button")
        self.click(f"[data-choice-index='{index}']")

    # ------------------------------------------------------------------
    # Odoo
    # ------------------------------------------------------------------
    def login(self, url, login):
        """Log in; the sample's passwords are the logins."""
        self.url = url
        self.goto(f"{url}/web/login")
        self.fill("input[name=login]", login)
        self.fill("input[name=password]", login)
        self.press("Enter")
        self.see(".o_navbar, .o_portal_my_home, .o_portal_docs")
        self.idle()

    def open_menu(self, *path, module="aftersales_service"):
        """Walk to a menu by the names of its entries, from the application's bar down."""
        root = f"[data-menu-xmlid='{module}.menu_root']"
        self.click(".o_navbar_apps_menu button")
        self.click(f".o_app{root}")
        self.see(f".o_menu_brand{root}")
        for name in path:
            item = f"[data-menu-xmlid='{module}.{name}']"
            self.click(f".o_menu_sections {item}, .o-dropdown--menu .dropdown-item{item}")
        self.gone(".o-dropdown--menu")

    def saved(self):
        """Wait until the form in front holds nothing unsaved."""
        self.gone(".o_form_status_indicator_buttons:not(.invisible) .o_form_button_save")
        self.idle()

    def picture(self):
        """Return what the window shows, as PNG."""
        self.idle()
        time.sleep(0.3)
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])


class Browser:
    """A running Chromium; every page is somebody's own, with cookies of its own."""

    def __init__(self, port):
        self.port = port
        self.pages = []
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version", timeout=30) as answer:
            address = json.load(answer)["webSocketDebuggerUrl"]
        self.control = Page.__new__(Page)
        self.control.number, self.control.errors = 0, []
        self.control.socket = websocket.create_connection(
            address, suppress_origin=True, timeout=TIMEOUT
        )

    def page(self, url=None, login=None, size=DESKTOP):
        """Open a tab without cookies, and log somebody in there."""
        context = self.control.send("Target.createBrowserContext")["browserContextId"]
        target = self.control.send(
            "Target.createTarget", url="about:blank", browserContextId=context
        )["targetId"]
        page = Page(f"ws://127.0.0.1:{self.port}/devtools/page/{target}", size)
        self.pages.append(page)
        if login:
            page.login(url, login)
        return page


@contextlib.contextmanager
def running_browser():
    """A headless Chromium with a fresh profile, stopped at the end of the `with`."""
    program = shutil.which("chromium")
    if not program:
        raise Problem("There is no chromium: sudo apt-get install chromium")
    with (
        tempfile.TemporaryDirectory(prefix="aftersales-browser-") as folder,
        (Path(folder) / "output").open("w+") as output,
    ):
        process = subprocess.Popen(
            [*UNLIMITED, program, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=dict(os.environ, TZ="Asia/Shanghai"),
        )
        try:
            ready = Path(folder) / "DevToolsActivePort"
            end = time.monotonic() + 60
            while not (ready.exists() and ready.read_text().strip()):
                if process.poll() is not None or time.monotonic() > end:
                    output.seek(0)
                    raise Problem(f"Chromium did not start:\n{output.read()[-2000:]}")
                time.sleep(0.1)
            yield Browser(int(ready.read_text().splitlines()[0]))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            time.sleep(0.2)
