"""Play the server of STP-1 against a real command line, `latchkey token …`, many times with random courses.

    play.py [--runs N] [--seed SEED] [--jobs 2] [--command "npx latchkey"]

Every difference is printed with the run's seed and its whole transcript; `--runs 1 --seed SEED` takes the same course again
(what the command line draws by itself differs). The last line is `N passed, M failed`, counting checks.

Time is the real one. A security code after the second within half a minute has to be waited for, so a run asks for no more
than two under one key set, except where a wrong PIN happens to be let through.
"""

import argparse
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import sqrt

import stp1

CALL_SECONDS = 150
MINUTE = 60
TRIES = 5
DONE, REFUSED, USAGE = 0, 1, 2

# What a reader drops: white space and dashes, one of them beyond the first 65,536 code points. None ends a line.
SEPARATORS = " -\t\u00a0\u1680\u2003\u3000\u2010\u2011\u2013\u2014\ufe58\uff0d\U00010ead"
# What looks like a symbol or a separator and is none.
NOT_SYMBOLS = "Uu_.*+é\u0131\u017f\u212a\u0421\u0661\u2212\u00ad\u200b\ufeff\uff21\U0001f511"
NAMES = ["Work", "Bank", "alice@example.test", "Büro 2", "at home", "x"]


class Stopped(Exception):
    """The run cannot go on; what is wrong is recorded."""


@dataclass
class Hints:
    """How often wrong PINs were let through, by the bits of the hint: a result over all runs."""

    tried: dict = field(default_factory=lambda: {4: 0, 6: 0})
    through: dict = field(default_factory=lambda: {4: 0, 6: 0})

    def add(self, other):
        for bits in self.tried:
            self.tried[bits] += other.tried[bits]
            self.through[bits] += other.through[bits]

    def plausible(self, bits):
        """Within five standard deviations and one."""
        n, p = self.tried[bits], 2.0**-bits
        return abs(self.through[bits] - n * p) <= 1 + 5 * sqrt(n * p * (1 - p))


@dataclass
class Reply:
    status: int
    out: object
    began: float
    ended: float


@dataclass
class Identity:
    """What the server and the person know of one identity of the vault."""

    name: str
    serial: str
    profile: stp1.Profile
    activation_code: str
    pin: str
    server: stp1.ServerToken
    shown: set = field(default_factory=lambda: {None})
    """The steps that the token may have shown last."""
    wrong_pins: int = 0
    wrong_unlocks: int = 0
    judged: dict = field(default_factory=dict)
    """Wrong PINs under this key set: whether the hint lets them through."""
    reset: str | None = None
    """The PIN reset code of the token's key set, once seen; and the one before."""
    reset_before: str | None = None


class Run:
    def __init__(self, command, seed, folder):
        self.command = command
        self.seed = seed
        self.random = random.Random(seed)
        self.vault = folder
        self.transcript = []
        self.passed = 0
        self.differences = []
        self.calls = 0
        self.hints = Hints()
        self.identities = []

    # ---- Calls and checks -----------------------------------------------------------------------------------------

    def chance(self, probability):
        return self.random.random() < probability

    def call(self, *arguments, lines=()):
        command = [*self.command, "token", *arguments]
        typed = "".join(line + "\n" for line in lines)
        began = time.time()
        process = subprocess.Popen(
            command, env={**os.environ, "LATCHKEY_VAULT": self.vault}, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            out, err = process.communicate(typed.encode(), timeout=CALL_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            self.check(False, f"no end within {CALL_SECONDS} seconds")
        ended = time.time()
        self.calls += 1
        out, err = out.decode(errors="replace"), err.decode(errors="replace")
        self.transcript += [
            f"$ {shlex.join(command)}", *(f"  < {line!r}" for line in lines), *(f"  > {line}" for line in out.splitlines()),
            *(f"  ! {line}" for line in err.splitlines()), f"  = {process.returncode}   {ended - began:.2f} s, ended at {ended:.2f}",
        ]  # fmt: skip
        if process.returncode == REFUSED:
            self.equal([bool(line.strip()) for line in err.splitlines()], [True], "one line on standard error says why")
        elif process.returncode == USAGE:
            self.check(err.strip() != "", "wrong usage is explained on standard error")
        return Reply(process.returncode, out, began, ended)

    def json(self, *arguments, lines=()):
        reply = self.call(*arguments, "--json", lines=lines)
        if reply.status != USAGE:
            try:
                reply.out = json.loads(reply.out)
            except ValueError:
                self.check(False, "standard output is one JSON value")
                raise Stopped from None
        return reply

    def check(self, holds, what):
        if holds:
            self.passed += 1
        else:
            self.differences.append(what)
            self.transcript.append(f"  DIFFERENCE: {what}")
        return holds

    def equal(self, got, expected, what):
        return self.check(got == expected, f"{what}: got {got!r}, expected {expected!r}")

    def need(self, holds, what):
        if not self.check(holds, what):
            raise Stopped

    def done(self, reply, what):
        self.need(reply.status == DONE, f"{what}: done, exit code {DONE}")

    def refused(self, reply, expected):
        self.equal(reply.status, REFUSED, f"{expected['error']}: exit code")
        got = reply.out if isinstance(reply.out, dict) else {}
        if not self.equal({name: got.get(name) for name in expected}, expected, "refusal"):
            raise Stopped

    # ---- What a person types --------------------------------------------------------------------------------------

    def typed(self, code):
        """The code in one of the shapes that a reader takes."""
        shape = self.random.randrange(4)
        if shape == 0:
            return code
        if shape == 1:
            return stp1.group(code)
        if shape == 2:
            return stp1.group(code).lower().replace("-", " ")
        return self.untidy(code)

    def untidy(self, code):
        shapes = {"0": "0Oo", "1": "1IiLl"}
        out = []
        for symbol in code:
            if self.chance(0.3):
                out.append(self.random.choice(SEPARATORS))
            out.append(self.random.choice(shapes.get(symbol, symbol + symbol.lower())))
        return "".join(out) + self.random.choice(["", " ", "-"])

    def typed_serial(self, serial):
        """As an argument: it must not look like an option."""
        return self.random.choice([serial, stp1.group(serial), serial[:5] + " " + serial[5:], serial.replace("0", "O").replace("1", "l")])

    def wrong_symbol(self, code, at=None):
        at = self.random.randrange(len(code)) if at is None else at
        return code[:at] + self.random.choice([s for s in stp1.ALPHABET if s != code[at]]) + code[at + 1 :]

    def mistyped(self, code):
        """The code with an error of a person's in it (now and then one that no check can see)."""
        at = self.random.randrange(len(code))
        way = self.random.choice(["one", "one", "one", "two", "three", "swap", "missing", "more", "character"])
        if way == "one":
            wrong = self.wrong_symbol(code)
        elif way == "two":
            wrong = self.wrong_symbol(self.wrong_symbol(code))
        elif way == "three":
            wrong = self.wrong_symbol(self.wrong_symbol(self.wrong_symbol(code)))
        elif way == "swap":
            at = min(at, len(code) - 2)
            wrong = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        elif way == "missing":
            wrong = code[:at] + code[at + 1 :]
        elif way == "more":
            wrong = code[:at] + self.random.choice(stp1.ALPHABET) + code[at:]
        else:
            shape = self.typed(code)
            at = self.random.randrange(1, len(shape) + 1)
            return self.random.choice(["", " "]) + shape[:at] + self.random.choice(NOT_SYMBOLS) + shape[at:]
        return self.typed(wrong)

    def pin(self, minimum):
        while True:
            pin = stp1.draw("0123456789", self.random.choice([minimum, minimum, minimum, minimum + 1, 12]), self.random)
            if stp1.pin_refusal(pin, minimum) is None:
                return pin

    def weak_pin(self, minimum):
        """A PIN that may not be chosen, and why."""
        digit, size = self.random.randrange(10), self.random.randrange(minimum, 13)
        run = "".join(str((digit + i) % 10) for i in range(size))
        day, month, year = f"{self.random.randrange(1, 32):02}", f"{self.random.randrange(1, 13):02}", f"{self.random.randrange(100):02}"
        pins = [
            run, run[::-1], str(digit) * size, "4711" * (minimum // 4 + 1), "902" * 3, "12345", "1234567", "9" * 13, "19a58262", "",
            "\u0661\u0668\u0664\u0660\u0662\u0667\u0661\u0669", day + month + year, month + day + year, year + month + day,
            day + month + "19" + year, month + day + "20" + year, "19" + year + month + day,
        ]  # fmt: skip
        while True:
            pin = self.random.choice(pins)
            reason = stp1.pin_refusal(pin, minimum)
            if reason:
                return pin, reason

    def wrong_pin(self, identity):
        """A new one, or one whose judgement is known."""
        if identity.judged and self.chance(0.5):
            return self.random.choice(list(identity.judged))
        while True:
            pin = self.pin(identity.profile.pin_minimum)
            if pin != identity.pin:
                return pin

    # ---- Activation -----------------------------------------------------------------------------------------------

    def add(self, pin=None):
        profile = stp1.Profile(self.random.choice([6, 8]), self.random.choice([6, 8]))
        if pin is not None and stp1.pin_refusal(pin, profile.pin_minimum):
            pin = None
        serial = stp1.draw_serial(self.random)
        if self.chance(0.3):
            serial = serial[3:].rjust(10, "0")
        code = stp1.draw_activation_code(serial, profile, self.random)
        name = self.random.choice([n for n in NAMES if n not in {i.name for i in self.identities}])
        pin = pin or self.pin(profile.pin_minimum)
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 3])):
            self.add_refused(name, serial, profile, code, pin)
        if self.chance(0.25):
            self.listed()
        identity = self.add_done(name, serial, profile, code, pin)
        if self.chance(0.3):
            self.details(identity, "registering")
        return identity

    def add_refused(self, name, serial, profile, code, pin):
        way = self.random.choice(["typing"] * 4 + ["profile", "kind", "serial digit", "serial", "weak", "weak", "differ"])
        lines = [self.typed(code), pin, pin]
        typed_serial = self.typed_serial(serial)
        if way == "typing":
            lines[0] = self.mistyped(code)
        elif way == "profile":
            body = self.random.choice(stp1.ALPHABET[4:]) + code[1:18]
            lines[0] = self.typed(stp1.with_check("activation", serial, body))
        elif way == "kind":
            lines[0] = self.typed(stp1.with_check("registration", serial, stp1.draw(stp1.ALPHABET, 18, self.random)))
        elif way == "serial digit":
            at = self.random.randrange(10)
            typed_serial = serial[:at] + str((int(serial[at]) + self.random.randrange(1, 10)) % 10) + serial[at + 1 :]
        elif way == "serial":
            typed_serial = self.random.choice([serial[:9], serial + "7", "A" + serial[1:], serial[:4] + "_" + serial[4:], serial[:9] + "\u0661"])
        elif way == "weak":
            lines[1], reason = self.weak_pin(profile.pin_minimum)
            lines[2] = lines[1]
        else:
            lines[2] = self.wrong_symbol_pin(pin)

        expected = read_error("activation", typed_serial, lines[0])
        if expected is None and way == "weak":
            expected = {"error": "weak-pin", "reason": reason}
        elif expected is None and way == "differ":
            expected = {"error": "pins-differ"}
        if expected:
            stop = 1 if way not in ("weak", "differ") and self.chance(0.5) else 3
            self.refused(self.json("add", name, "--serial", typed_serial, lines=lines[:stop]), expected)

    def wrong_symbol_pin(self, pin):
        at = self.random.randrange(len(pin))
        return pin[:at] + str((int(pin[at]) + 1) % 10) + pin[at + 1 :]

    def add_done(self, name, serial, profile, code, pin):
        reply = self.json("add", name, "--serial", self.typed_serial(serial), lines=[self.typed(code), pin, pin])
        self.done(reply, "add")
        self.equal(reply.out.get("name"), name, "name")
        self.equal(reply.out.get("serialNumber"), stp1.group(serial), "serialNumber")
        registration = self.read("registration", serial, reply.out.get("registrationCode"))
        keys = stp1.check_registration(serial, code, registration)
        self.need(keys is not None, "the registration code's proof holds")
        identity = Identity(name, serial, profile, code, pin, stp1.ServerToken(serial, profile, keys))
        self.identities.append(identity)
        return identity

    def read(self, kind, serial, shown):
        """A code that the token shows: in groups, with good check symbols."""
        self.need(isinstance(shown, str), f"a {kind} code is shown")
        try:
            code = stp1.read_code(kind, serial, shown)
        except stp1.Refused as refusal:
            self.need(False, f"the {kind} code {shown} can be read: {refusal.answer}")
        self.equal(shown, stp1.group(code), f"the {kind} code is shown in groups")
        return code

    # ---- The identities of the vault ------------------------------------------------------------------------------

    def of(self, identity):
        """The name as an argument; it may be left out where there is one identity."""
        return [] if len(self.identities) == 1 and self.chance(0.5) else [identity.name]

    def listed(self):
        reply = self.json("list")
        self.done(reply, "list")
        got = sorted((i.get("name"), i.get("serialNumber")) for i in reply.out)
        self.equal(got, sorted((i.name, stp1.group(i.serial)) for i in self.identities), "list")
        self.check(all(i.get("state") in ("registering", "active", "locked") for i in reply.out), "a state that is known")

    def details(self, identity, state):
        """The PIN reset code, if they show it."""
        reply = self.json("details", *self.of(identity))
        self.done(reply, "details")
        expected = {"name": identity.name, "serialNumber": stp1.group(identity.serial), "state": state}
        self.equal({name: reply.out.get(name) for name in expected}, expected, "details")
        shown = reply.out.get("pinResetCode")
        return None if shown is None else self.reset_shown(identity, shown)

    def remove(self, identity):
        self.done(self.json("remove", *self.of(identity)), "remove")
        self.identities.remove(identity)
        self.listed()
        self.refused(self.json("code", identity.name, lines=[identity.pin]), {"error": "no-such-identity"})

    # ---- Security codes -------------------------------------------------------------------------------------------

    def ask(self, identity, pin):
        """`code`, asked again where it says to wait instead of waiting."""
        reply = self.json("code", *self.of(identity), lines=[pin])
        if reply.status == REFUSED and reply.out.get("error") == "wait":
            self.need(0 < reply.out.get("seconds", 0) <= MINUTE, "a wait for the next step is short")
            time.sleep(reply.out["seconds"])
            reply = self.json("code", *self.of(identity), lines=[pin])
        return reply

    def steps_of(self, identity, reply):
        """The steps whose code the token may have given in this reply."""
        now = range(stp1.step_at(reply.began), stp1.step_at(reply.ended) + 1)
        return {max(step, -1 if last is None else last + 1) for step in now for last in identity.shown}

    def code_shown(self, identity, reply, steps):
        """The code of a reply, and that it is good for as long as the token says, if its step is one of these."""
        self.done(reply, "code")
        code, valid = reply.out.get("securityCode"), reply.out.get("validForSeconds")
        digits = identity.profile.digits
        self.need(isinstance(code, str) and len(code) == digits and code.isdecimal(), f"a security code of {digits} digits")
        fits = any((s + 2) * 30 - reply.ended - 1 <= valid <= (s + 2) * 30 - reply.began + 1 for s in steps)
        self.check(fits, f"validForSeconds {valid} lasts to the end of the step after the code's (steps {sorted(steps)})")
        return code

    def right_code(self, identity, judge=True):
        """The right PIN: a code of the step that the rules say, which the server accepts."""
        if judge and self.chance(0.15):
            return self.plain_code(identity)
        reply = self.ask(identity, identity.pin)
        steps = self.steps_of(identity, reply)
        code = self.code_shown(identity, reply, steps)
        identity.wrong_pins, identity.shown = 0, steps
        if judge:
            self.accepted(identity, code, reply, steps)
        return code, reply

    def plain_code(self, identity):
        """The same without --json: the code stands somewhere in what is printed."""
        reply = self.call("code", *self.of(identity), lines=[identity.pin])
        self.done(reply, "code")
        printed = "".join(c for c in reply.out if not c.isspace())
        identity.wrong_pins = 0
        sets = (identity.server.current, *identity.server.next.values())
        steps = self.steps_of(identity, reply)
        codes = {stp1.hotp(s.keys.otp, step, identity.profile.digits) for s in sets for step in steps}
        code = next((c for c in codes if c in printed), None)
        self.need(code is not None, "the right code is printed")
        self.accepted(identity, code, reply, steps)
        return code, reply

    def accepted(self, identity, code, reply, steps):
        step = identity.server.accept(code, reply.ended)
        self.need(step is not None, f"the server accepts {code}")
        self.check(step in steps, f"the code is of step {step}, one of {sorted(steps)}")
        identity.shown = {step}
        self.equal(identity.server.accept(code, reply.ended), None, "the same code again")
        # Both have one clock: what second codes at once say about a drift is not to be learnt.
        identity.server.drift = stp1.Drift()

    def synchronised(self, identity):
        """Two codes at once are of two steps in a row, with which a token can be resynchronised."""
        first, _ = self.right_code(identity, judge=False)
        second, reply = self.right_code(identity, judge=False)
        time_there = reply.ended - 30 * self.random.randrange(-100, 100)
        drift = identity.server.resynchronise(first, second, time_there)
        self.need(drift is not None, f"{first} and {second} resynchronise")
        step = stp1.step_at(time_there) + drift
        self.check(step - stp1.step_at(reply.ended) in (0, 1), f"the second code is of the current step or the next, not {step}")
        identity.shown = {step}
        identity.server.drift = stp1.Drift()

    def wrong_code(self, identity, pin):
        """A wrong PIN: caught, or let through to a wrong code. True if it was caught."""
        bits = stp1.HINT_BITS[identity.profile.pin_minimum]
        reply = self.ask(identity, pin)
        caught = reply.status != DONE
        if pin in identity.judged:
            self.equal(caught, not identity.judged[pin], f"{pin} is judged as before: caught")
        else:
            self.hints.tried[bits] += 1
            self.hints.through[bits] += not caught
            identity.judged[pin] = not caught
            self.compare_hints(identity, pin, caught)
        if caught:
            identity.wrong_pins += 1
            tries_left = TRIES - identity.wrong_pins
            self.refused(reply, {"error": "wrong-pin", "triesLeft": tries_left} if tries_left else {"error": "locked"})
            if not tries_left:
                self.reset_shown(identity, reply.out.get("pinResetCode"))
        else:
            identity.wrong_pins = 0
            steps = self.steps_of(identity, reply)
            code = self.code_shown(identity, reply, steps)
            identity.shown = steps
            self.check(identity.server.accept(code, reply.ended) is None, f"the code {code} of a wrong PIN is wrong")
        return caught

    def compare_hints(self, identity, pin, caught):
        """Hints are the same for every identity of the vault that has the same PIN, and the shorter begins the longer."""
        bits = stp1.HINT_BITS[identity.profile.pin_minimum]
        for other in self.identities:
            if other is not identity and other.pin == identity.pin and pin in other.judged:
                other_bits = stp1.HINT_BITS[other.profile.pin_minimum]
                if bits == other_bits or (bits < other_bits and other.judged[pin]) or (bits > other_bits and not other.judged[pin]):
                    self.equal(caught, not other.judged[pin], f"{pin} is judged as by {other.name}: caught")

    def uncounted_entry(self, identity):
        """An entry that is no PIN is not judged and not counted; its refusal has no name of its own."""
        entry = self.random.choice(["", "12345", "4" * 13, "19x582", "\u0661\u0668\u0664\u0660\u0662\u0667"])
        reply = self.json("code", *self.of(identity), lines=[entry])
        self.equal(reply.status, REFUSED, "an entry that is no PIN: exit code")
        self.check(isinstance(reply.out, dict) and reply.out.get("error") not in (None, "wrong-pin", "locked"), "it is not judged")

    def wrong_pins(self, identity, count):
        """So many wrong PINs, or until it is locked; whether it is."""
        for _ in range(count):
            if self.chance(0.1):
                self.uncounted_entry(identity)
            self.wrong_code(identity, self.wrong_pin(identity))
            if identity.wrong_pins == TRIES:
                return True
        return False

    # ---- Unlock ---------------------------------------------------------------------------------------------------

    def lock(self, identity):
        """Five caught in a row; then the right PIN opens nothing either."""
        while identity.wrong_pins < TRIES:
            known = [pin for pin, through in identity.judged.items() if not through]
            pin = self.random.choice(known) if known and self.chance(0.7) else self.wrong_pin(identity)
            if not identity.judged.get(pin):
                self.wrong_code(identity, pin)
        reply = self.json("code", *self.of(identity), lines=[identity.pin])
        self.refused(reply, {"error": "locked"})
        self.reset_shown(identity, reply.out.get("pinResetCode"))
        if self.chance(0.5):
            self.details(identity, "locked")

    def reset_shown(self, identity, shown):
        """A PIN reset code that the token shows: one for each key set, with a good proof and a new challenge."""
        code = self.read("reset", identity.serial, shown)
        if identity.reset is None:
            self.need(stp1.check_reset_code(identity.server.current.keys.unlock, identity.serial, code), "the PIN reset code's proof holds")
            before = identity.reset_before
            self.check(before is None or code[:4] != before[:4], "the challenge is another than before")
            identity.reset = code
        self.equal(code, identity.reset, "the PIN reset code of a key set stays")
        return code

    def unlock_refusals(self, identity, right):
        ways = {"wrong": 0.6, "typing": 0.5, "other": 0.2, "weak": 0.2, "differ": 0.2}
        for way in [w for w, probability in ways.items() if self.chance(probability)]:
            new_pin = self.pin(identity.profile.pin_minimum)
            lines = [self.typed(right), new_pin, new_pin]
            if way == "wrong":
                lines[0] = self.typed(stp1.with_check("unlock", identity.serial, self.wrong_symbol(right[:10])))
            elif way == "typing":
                lines[0] = self.mistyped(right)
            elif way == "other":
                other_serial = stp1.draw_serial(self.random)
                lines[0] = self.typed(stp1.with_check("unlock", other_serial, right[:10]))
            elif way == "weak":
                lines[1], reason = self.weak_pin(identity.profile.pin_minimum)
                lines[2] = lines[1]
            else:
                lines[2] = self.wrong_symbol_pin(new_pin)

            expected = read_error("unlock", identity.serial, lines[0])
            if expected is None and stp1.normalise(lines[0]) != right:
                identity.wrong_unlocks += 1
                expected = {"error": "wrong-unlock-code"}
            elif expected is None and way == "weak":
                expected = {"error": "weak-pin", "reason": reason}
            elif expected is None and way == "differ":
                expected = {"error": "pins-differ"}
            if expected:
                self.refused(self.json("unlock", *self.of(identity), lines=lines), expected)

    def unlock(self, identity):
        """The server answers the PIN reset code, the token begins its next key set, a code confirms it."""
        server, reset = identity.server, identity.reset
        right = server.answer(reset)
        self.need(right is not None, "the server answers the PIN reset code")
        self.equal(server.answer(reset), right, "the same answer again")
        self.unlock_refusals(identity, right)
        new_pin = identity.pin if self.chance(0.3) else self.pin(identity.profile.pin_minimum)
        reply = self.json("unlock", *self.of(identity), lines=[self.typed(right), new_pin, new_pin])
        self.done(reply, "unlock")
        self.equal(reply.out, {"name": identity.name, "unlocked": True}, "unlock")

        old_set, old_pin = server.current, identity.pin
        identity.pin, identity.wrong_pins = new_pin, 0
        identity.reset, identity.reset_before = None, reset
        identity.judged = identity.judged if new_pin == old_pin else {}
        identity.shown = {*identity.shown, None}
        code, reply = self.right_code(identity)
        self.check(server.current is not old_set, "the code is of the next key set, not of the old")
        self.equal(stp1.find_step(old_set.keys.otp, code, reply.ended, 0, old_set.last, identity.profile.digits), None, "under the old set")
        self.equal(server.answer(reset), None, "a PIN reset code of a retired key set")
        return right

    def next_reset_code(self, identity):
        """The next key set's, from the details, else by locking it again."""
        if self.details(identity, "active") is None:
            self.lock(identity)

    def old_unlock_code(self, identity, old):
        """It opens nothing; and after five wrong ones there is a wait."""
        since_unlock = 0
        until_wait = self.chance(0.15)
        while True:
            new_pin = self.pin(identity.profile.pin_minimum)
            reply = self.json("unlock", *self.of(identity), lines=[self.typed(old), new_pin, new_pin])
            due = since_unlock == TRIES or since_unlock + identity.wrong_unlocks == TRIES
            if due and isinstance(reply.out, dict) and reply.out.get("error") == "wait":
                self.refused(reply, {"error": "wait"})
                seconds = reply.out.get("seconds")
                self.check(isinstance(seconds, (int, float)) and 0 < seconds <= MINUTE, f"a wait of {seconds} seconds, at most {MINUTE}")
                return
            self.need(since_unlock < TRIES, "after the fifth wrong unlock code the token waits")
            self.refused(reply, {"error": "wrong-unlock-code"})
            since_unlock += 1
            if not until_wait:
                return

    # ---- A run ----------------------------------------------------------------------------------------------------

    def life(self, identity):
        """From the registered identity to its end."""
        course = self.random.choice(["lock"] * 5 + ["change"] * 3 + ["codes"] * 2)
        if course == "codes" and self.chance(0.4):
            self.synchronised(identity)
        else:
            self.right_code(identity)
            if course != "lock" and self.chance(0.5):
                self.right_code(identity)
        if self.chance(0.3):
            self.details(identity, "active")
        if course == "codes":
            if not self.wrong_pins(identity, self.random.randrange(1, 5)) and self.chance(0.2):
                self.right_code(identity)
            return
        if course == "change" and (identity.reset or self.details(identity, "active")):
            self.wrong_pins(identity, self.random.randrange(2))
        else:
            self.lock(identity)
        right = self.unlock(identity)
        if self.chance(0.6):
            self.old_unlock_code(identity, right)
        if self.chance(0.6):
            self.next_reset_code(identity)

    def neighbour(self, identity):
        """A second identity in the vault, with the same PIN where it may have it: the same hints."""
        other = self.add(identity.pin)
        self.listed()
        if other.pin == identity.pin and self.chance(0.7):
            longer = max(identity, other, key=lambda i: i.profile.pin_minimum)
            for pin in (self.wrong_pin(longer), self.wrong_pin(longer)):
                self.wrong_code(identity, pin)
                self.wrong_code(other, pin)
        if self.chance(0.5):
            self.right_code(other)
        if self.chance(0.3):
            self.refused(self.json("add", identity.name, "--serial", "0000000000", lines=self.lines_of_an_add()), {"error": "name-taken"})

    def lines_of_an_add(self):
        return [stp1.draw_activation_code("0000000000", stp1.Profile(6, 6), self.random), "184027", "184027"]

    def wrong_usage(self):
        arguments = self.random.choice([["add", "Work"], ["code", "--nonsense"], ["nonsense"], ["add", "--serial"], ["list", "--pin", "184027"]])
        self.equal(self.call(*arguments).status, USAGE, "wrong usage: exit code")

    def play(self):
        if self.chance(0.15):
            self.listed()
        if self.chance(0.1):
            self.wrong_usage()
        if self.chance(0.1):
            self.refused(self.json("code", "Nobody", lines=["184027"]), {"error": "no-such-identity"})
        identity = self.add()
        if self.chance(0.3):
            self.neighbour(identity)
        self.life(identity)
        if self.chance(0.25):
            self.remove(identity)
            if self.chance(0.3):
                again = self.add_done(identity.name, identity.serial, identity.profile, identity.activation_code, identity.pin)
                self.check(again.server.current.keys != identity.server.current.keys, "the same activation code, other keys")


def read_error(kind, typed_serial, typed_code):
    """What a reader says to these, serial number first; None if both are taken."""
    try:
        stp1.read_code(kind, stp1.read_serial(typed_serial), typed_code)
        return None
    except stp1.Refused as refusal:
        return refusal.answer


def play_one(command, seed):
    with tempfile.TemporaryDirectory(prefix="stp1-play-") as folder:
        run = Run(command, seed, folder)
        try:
            run.play()
        except Stopped:
            pass
        except Exception:
            run.check(False, f"a reply that nothing here was prepared for:\n{traceback.format_exc()}")
        return run


def report(run):
    print(f"\n==== seed {run.seed}: {len(run.differences)} differences, the run's whole transcript:")
    print("\n".join(run.transcript))
    for what in run.differences:
        print(f"seed {run.seed}: {what}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None, help="the first run's; each next run's is one more")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--command", default="npx latchkey")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if arguments.seed is None else arguments.seed
    command = shlex.split(arguments.command)

    began = time.time()
    passed = failed = calls = 0
    hints = Hints()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for run in pool.map(lambda number: play_one(command, seed + number), range(arguments.runs)):
            passed += run.passed
            failed += len(run.differences)
            calls += run.calls
            hints.add(run.hints)
            if run.differences:
                report(run)
    print(f"{arguments.runs} runs from seed {seed}, {calls} calls, {time.time() - began:.0f} s")
    for bits, tried in hints.tried.items():
        plausible = hints.plausible(bits)
        passed, failed = passed + plausible, failed + (not plausible)
        print(f"hint of {bits} bits: {hints.through[bits]} of {tried} wrong PINs let through{'' if plausible else ', which is implausible'}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
