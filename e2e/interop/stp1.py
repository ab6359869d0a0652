"""Soft Token Protocol 1 (STP-1), written from its specification alone. Numbers in comments are its sections.

Codes, serial numbers and PINs are passed in canonical form (upper case, no separators, check symbols included) unless a
parameter is called `typed`. Keys and salts are bytes, times are Unix seconds, steps are counters of 30 seconds.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from random import SystemRandom
from typing import NamedTuple

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SYSTEM_RANDOM = SystemRandom()


class Refused(Exception):
    """What was typed is not taken. `answer` is the error's name and what goes with it."""

    def __init__(self, error, **details):
        super().__init__(error)
        self.answer = {"error": error, **details}


# ---- 1. Codes a person types: reading -----------------------------------------------------------------------------

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
READ_AS = {**{s: s for s in ALPHABET}, **{s.lower(): s for s in ALPHABET}, **dict.fromkeys("IiLl", "1"), "O": "0", "o": "0"}

# The property White_Space. str.isspace() is another set: it has U+001C to U+001F as well.
WHITE_SPACE = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}

KIND = {"activation": 1, "registration": 2, "reset": 3, "unlock": 4}
LENGTH = {"activation": 20, "registration": 20, "reset": 8, "unlock": 12}


def normalise(typed):
    """The canonical symbols of what was typed; `symbol` with the place, in code points, of the first that is none."""
    symbols = []
    for at, character in enumerate(typed):
        if character in READ_AS:
            symbols.append(READ_AS[character])
        elif character not in WHITE_SPACE and unicodedata.category(character) != "Pd":
            raise Refused("symbol", at=at)
    return "".join(symbols)


def read_serial(typed):
    serial = normalise(typed)
    if not re.fullmatch("[0-9]{10}", serial):
        raise Refused("serial")
    return serial


def read_code(kind, serial, typed):
    """The canonical code; refused with `symbol`, `length`, `typing` or `profile`, in this order."""
    code = normalise(typed)
    if len(code) != LENGTH[kind]:
        raise Refused("length")
    suspect = find_suspect(kind, serial, code)
    if suspect is not None:
        raise Refused("typing", suspect=suspect)
    if kind == "activation":
        read_profile(code[0])
    return code


def group(code):
    """How a code is shown: fours, a serial number in fives."""
    size = 5 if len(code) == 10 else 4
    return "-".join(code[i : i + size] for i in range(0, len(code), size))


class Profile(NamedTuple):
    digits: int
    pin_minimum: int


def read_profile(symbol):
    bits = VALUE[symbol]
    if bits > 3:
        raise Refused("profile")
    return Profile(digits=8 if bits & 1 else 6, pin_minimum=8 if bits & 2 else 6)


def profile_symbol(profile):
    return ALPHABET[(profile.digits == 8) + 2 * (profile.pin_minimum == 8)]


# ---- 1. Check symbols: Reed-Solomon over GF(32) -------------------------------------------------------------------

EXP = [1]
for _ in range(30):
    doubled = EXP[-1] << 1
    EXP.append(doubled ^ 0b100101 if doubled & 32 else doubled)
LOG = {value: power for power, value in enumerate(EXP)}


def multiply(a, b):
    return EXP[(LOG[a] + LOG[b]) % 31] if a and b else 0


def word_of(kind, serial, symbols):
    """The kind and the serial number's digits, which are not shown, then the symbols."""
    return [KIND[kind], *(VALUE[s] for s in serial + symbols)]


def check_symbols(kind, serial, body):
    """The remainder of word * x^2 by (x + α)(x + α²) = x² + (α + α²)x + α³."""
    high = low = 0
    for value in word_of(kind, serial, body):
        carry = value ^ high
        high, low = low ^ multiply(carry, EXP[1] ^ EXP[2]), multiply(carry, EXP[3])
    return ALPHABET[high] + ALPHABET[low]


def with_check(kind, serial, body):
    return body + check_symbols(kind, serial, body)


def find_suspect(kind, serial, code):
    """None for a word whose checks hold; else the place of the one symbol that would explain it, or "unknown"."""
    word = word_of(kind, serial, code)
    s1 = s2 = 0
    for value in word:
        s1 = multiply(s1, EXP[1]) ^ value
        s2 = multiply(s2, EXP[2]) ^ value
    if s1 == s2 == 0:
        return None
    if s1 == 0 or s2 == 0:
        return "unknown"
    power = (LOG[s2] - LOG[s1]) % 31
    place = len(word) - 1 - power
    if place < 0:
        return "unknown"
    mended = word[place] ^ EXP[(LOG[s1] - power) % 31]
    if place == 0:
        other = any(KIND[k] == mended and LENGTH[k] == len(code) for k in KIND)
        return "kind" if other else "unknown"
    if place <= 10:
        return {"serialDigit": place - 1} if mended <= 9 else "unknown"
    return {"symbol": place - 11}


# ---- The parts ----------------------------------------------------------------------------------------------------


def mac(key, *fields):
    return hmac.digest(key, b"".join(f if isinstance(f, bytes) else f.encode("ascii") for f in fields), "sha256")


def expand(key, info, length=32):
    """HKDF-Expand-SHA-256 (RFC 5869, 2.3). A prefix of the output does not depend on the length."""
    block = output = b""
    for count in range(1, -(-length // 32) + 1):
        block = mac(key, block, info, bytes([count]))
        output += block
    return output[:length]


def argon2id(password, salt):
    return hash_secret_raw(
        password.encode("ascii"), salt, time_cost=3, memory_cost=65536, parallelism=1, hash_len=32, type=Type.ID, version=0x13
    )


def first_bits(digest, bits):
    return int.from_bytes(digest, "big") >> (8 * len(digest) - bits)


def first_fives(digest, count):
    """The first 5 * count bits as numbers of five bits."""
    number = first_bits(digest, 5 * count)
    return [number >> 5 * (count - 1 - i) & 31 for i in range(count)]


def first_symbols(digest, count):
    return "".join(ALPHABET[value] for value in first_fives(digest, count))


def same(a, b):
    return hmac.compare_digest(a, b)


def draw(alphabet, count, random=SYSTEM_RANDOM):
    return "".join(random.choice(alphabet) for _ in range(count))


# ---- 2. Activation ------------------------------------------------------------------------------------------------


class Keys(NamedTuple):
    """A key set: what token and server share."""

    otp: bytes
    unlock: bytes
    sign: bytes


def draw_serial(random=SYSTEM_RANDOM):
    return draw("0123456789", 10, random)


def draw_activation_code(serial, profile, random=SYSTEM_RANDOM):
    return with_check("activation", serial, profile_symbol(profile) + draw(ALPHABET, 17, random))


def activation_root(serial, activation_code, r):
    salt = hashlib.sha256(b"stp1/salt" + serial.encode("ascii")).digest()[:16]
    return argon2id(activation_code[:18] + r, salt)


def key_of(root, name):
    return expand(root, "stp1/" + name)


def keys_of(root):
    return Keys(*(key_of(root, name) for name in Keys._fields))


def registration_code(root, serial, r):
    proof = first_symbols(mac(key_of(root, "confirm"), "stp1/registration", serial, r), 3)
    return with_check("registration", serial, r + proof)


def activate_token(serial, activation_code, random=SYSTEM_RANDOM):
    """The token's half: its keys and the registration code."""
    r = draw(ALPHABET, 15, random)
    root = activation_root(serial, activation_code, r)
    return keys_of(root), registration_code(root, serial, r)


def check_registration(serial, activation_code, code):
    """The server's half: the keys, or None for a wrong proof."""
    root = activation_root(serial, activation_code, code[:15])
    return keys_of(root) if same(registration_code(root, serial, code[:15]), code) else None


# ---- 3. Security codes --------------------------------------------------------------------------------------------

STEP_SECONDS = 30
MOST_DRIFT = 10
RESYNCHRONISATION_STEPS = 120


def step_at(time):
    return int(time // STEP_SECONDS)


def hotp(key, counter, digits, algorithm="sha256"):
    """RFC 4226, 5.3, with the hash of RFC 6238."""
    digest = hmac.digest(key, counter.to_bytes(8, "big"), algorithm)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def totp(key, time, digits, algorithm="sha256"):
    return hotp(key, step_at(time), digits, algorithm)


def shows(key, step, code, digits):
    return same(hotp(key, step, digits).encode(), code.encode())


def steps_after(first, last, after):
    return range(max(first, 0 if after is None else after + 1, 0), last + 1)


def find_step(key, code, time, drift, after, digits):
    """The step of the code, the earliest that fits, later than `after` (None: any); None if there is none."""
    middle = step_at(time) + drift
    found = [step for step in steps_after(middle - 1, middle + 1, after) if shows(key, step, code, digits)]
    return found[0] if found else None


def resynchronise(key, first, second, time, after, digits):
    """The second code's step (the new drift is that step - step_at(time)), or None."""
    now = step_at(time)
    steps = steps_after(now - RESYNCHRONISATION_STEPS, now + RESYNCHRONISATION_STEPS - 1, after)
    found = [s + 1 for s in steps if shows(key, s, first, digits) & shows(key, s + 1, second, digits)]
    return found[0] if found else None


def step_to_show(time, last_shown):
    """The token's: to be shown at once if it is at most step_at(time) + 1, else when that time has come."""
    return step_at(time) if last_shown is None else max(step_at(time), last_shown + 1)


class Drift(NamedTuple):
    steps: int = 0
    side: int = 0
    """On which side of the drift the success before lay: -1, 0, 1."""

    def after_success(self, offset):
        """`offset` is the accepted step - step_at(time). A move needs two successes of its own; none leads away from
        zero beyond the limit, but a drift that a resynchronisation put there comes back."""
        side = (offset > self.steps) - (offset < self.steps)
        if side == 0 or side != self.side:
            return Drift(self.steps, side)
        moved = self.steps + side
        return Drift(moved if abs(moved) <= max(MOST_DRIFT, abs(self.steps) - 1) else self.steps, 0)


# ---- 4. The PIN vault ---------------------------------------------------------------------------------------------

HINT_BITS = {6: 4, 8: 6}
PIN_MAXIMUM = 12


def pin_refusal(pin, minimum):
    """Why this PIN may not be chosen: `length`, `repeat`, `run`, `date`; None if it may."""
    if not is_pin_entry(pin, minimum):
        return "length"
    if any(pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1)):
        return "repeat"
    differences = {(int(b) - int(a)) % 10 for a, b in zip(pin, pin[1:])}
    if differences in ({1}, {9}):
        return "run"
    return "date" if is_date(pin) else None


def is_pin_entry(pin, minimum):
    """An entry that is none is neither judged nor counted."""
    return re.fullmatch("[0-9]+", pin) is not None and minimum <= len(pin) <= PIN_MAXIMUM


def is_date(pin):
    def day_month(day, month):
        return 1 <= int(day) <= 31 and 1 <= int(month) <= 12

    if len(pin) == 6:
        a, b, c = pin[:2], pin[2:4], pin[4:]
        return day_month(a, b) or day_month(b, a) or day_month(c, b)
    if len(pin) == 8:
        a, b, year = pin[:2], pin[2:4], pin[4:6]
        year_last = year in ("19", "20") and (day_month(a, b) or day_month(b, a))
        return year_last or (a in ("19", "20") and day_month(pin[6:], pin[4:6]))
    return False


def pin_hint(device_salt, pin, minimum):
    return first_bits(mac(device_salt, "stp1/vault/hint", pin), HINT_BITS[minimum])


def pin_key(pin, pin_salt):
    return argon2id(pin, pin_salt)


def pin_box(key, otp_key, sign_key):
    """`key` is the pinKey. The box without redundancy; see open_pin_box."""
    return xor(otp_key + sign_key, expand(key, "stp1/vault/box", 64))


def open_pin_box(key, box):
    """key(otp) and key(sign): the right ones only if the PIN was."""
    opened = xor(box, expand(key, "stp1/vault/box", 64))
    return opened[:32], opened[32:]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def picture(key):
    return first_fives(mac(key, "stp1/vault/picture"), 2)


def unlock_box_key(unlock_code, unlock_salt):
    return expand(argon2id(unlock_code, unlock_salt), "stp1/vault/unlock")


def unlock_box(box_key, nonce, serial, unlock_key):
    return AESGCM(box_key).encrypt(nonce, unlock_key, serial.encode("ascii"))


def open_unlock_box(box_key, nonce, serial, box):
    """key(unlock), or None for a wrong unlock code."""
    try:
        return AESGCM(box_key).decrypt(nonce, box, serial.encode("ascii"))
    except InvalidTag:
        return None


# ---- 5. Unlock ----------------------------------------------------------------------------------------------------


def reset_code(unlock_key, serial, challenge):
    proof = first_symbols(mac(unlock_key, "stp1/reset", serial, challenge), 2)
    return with_check("reset", serial, challenge + proof)


def draw_reset_code(unlock_key, serial, before=None, random=SYSTEM_RANDOM):
    """With another challenge than the PIN reset code before."""
    while True:
        challenge = draw(ALPHABET, 4, random)
        if before is None or challenge != before[:4]:
            return reset_code(unlock_key, serial, challenge)


def check_reset_code(unlock_key, serial, code):
    return same(reset_code(unlock_key, serial, code[:4]), code)


def unlock_code(unlock_key, serial, reset):
    """OCRA (RFC 6287) with digits 0: the value is not truncated."""
    question = reset.encode("ascii").ljust(128, b"\0")
    ocra = mac(unlock_key, "OCRA-1:HOTP-SHA256-0:QA08", b"\0", question)
    return with_check("unlock", serial, first_symbols(ocra, 10))


def next_keys(unlock_key, reset):
    return Keys(*(expand(unlock_key, f"stp1/next/{name}/{reset}") for name in Keys._fields))


# ---- The server's side of an active token: 3 and 5 together -------------------------------------------------------


@dataclass
class KeySet:
    keys: Keys
    last: int | None = None
    """The last accepted step under this key set."""


class ServerToken:
    """One active token as the server keeps it: the current key set, and one next key set for each PIN reset code that
    was answered under it. Limits on attempts are the server's own affair and are left out."""

    def __init__(self, serial, profile, keys):
        self.serial = serial
        self.profile = profile
        self.current = KeySet(keys)
        self.next = {}
        self.retired = set()
        self.drift = Drift()

    def accept(self, code, time):
        """The step of an accepted security code, or None."""
        for key_set in (self.current, *self.next.values()):
            step = find_step(key_set.keys.otp, code, time, self.drift.steps, key_set.last, self.profile.digits)
            if step is not None:
                self.confirm(key_set)
                key_set.last = step
                self.drift = self.drift.after_success(step - step_at(time))
                return step
        return None

    def resynchronise(self, first, second, time):
        """The new drift, or None."""
        for key_set in (self.current, *self.next.values()):
            step = resynchronise(key_set.keys.otp, first, second, time, key_set.last, self.profile.digits)
            if step is not None:
                self.confirm(key_set)
                key_set.last = step
                self.drift = Drift(step - step_at(time))
                return self.drift.steps
        return None

    def answer(self, reset):
        """The unlock code for a PIN reset code (read already), or None for a wrong proof. An answered code is known by
        equality. A new one is tried with the next key sets first: a token shows one PIN reset code for each key set, so
        a new one comes from a next set, and may by chance (1 in 1,024) hold under the current one too."""
        if reset in self.retired:
            return None
        if reset not in self.next:
            sets = (*self.next.values(), self.current)
            prover = next((s for s in sets if check_reset_code(s.keys.unlock, self.serial, reset)), None)
            if prover is None:
                return None
            self.confirm(prover)
            self.next[reset] = KeySet(next_keys(self.current.keys.unlock, reset))
        return unlock_code(self.current.keys.unlock, self.serial, reset)

    def confirm(self, key_set):
        """A key set that the token proved to hold becomes the current one and retires all others."""
        if key_set is not self.current:
            self.retired.update(self.next)
            self.current, self.next = key_set, {}
