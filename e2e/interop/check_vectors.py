"""Check every value of a vectors.json against stp1.py:  check_vectors.py VECTORS_JSON"""

import json
import sys
from itertools import zip_longest

import stp1


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, where, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{where}: got {got!r}, the vectors say {expected!r}")


def answer(function, *arguments):
    """The function's value, or the error that it refuses with."""
    try:
        return function(*arguments)
    except stp1.Refused as refused:
        return refused.answer


def expected_error(case):
    return {name: case[name] for name in ("error", "at") if name in case}


def check_normalise(tally, cases):
    for case in cases:
        tally.equal(f"normalise {case['typed']!r}", answer(stp1.normalise, case["typed"]), case.get("canonical") or expected_error(case))


def check_activations(tally, cases):
    for case in cases:
        where = f"activation {case['serial']}"
        serial = stp1.read_serial(stp1.group(case["serial"]))
        tally.equal(f"{where}: serial", serial, case["serial"])
        code = stp1.read_code("activation", serial, case["activationCode"])
        tally.equal(f"{where}: activation code", stp1.group(stp1.with_check("activation", serial, code[:18])), case["activationCode"])
        profile = stp1.read_profile(code[0])
        tally.equal(f"{where}: profile", profile, (case["profile"]["digits"], case["profile"]["pinMinimum"]))

        # The token's half, then the server's.
        root = stp1.activation_root(serial, code, case["r"])
        keys = stp1.keys_of(root)
        tally.equal(f"{where}: root", root.hex(), case["root"])
        check_keys(tally, where, keys, case)
        tally.equal(f"{where}: confirm", stp1.key_of(root, "confirm").hex(), case["confirmKey"])
        registration = stp1.read_code("registration", serial, case["registrationCode"])
        tally.equal(f"{where}: registration code", stp1.registration_code(root, serial, case["r"]), registration)
        tally.equal(f"{where}: server", stp1.check_registration(serial, code, registration), keys)

        check_life(tally, where, serial, profile, keys, case)
        reset = stp1.read_code("reset", serial, case["pinResetCode"])
        after = stp1.next_keys(keys.unlock, reset)
        check_keys(tally, f"{where} after unlock", after, case["afterUnlock"])
        check_life(tally, f"{where} after unlock", serial, profile, after, case["afterUnlock"])


def check_keys(tally, where, keys, case):
    for name, key in keys._asdict().items():
        tally.equal(f"{where}: {name}", key.hex(), case[f"{name}Key"])


def check_life(tally, where, serial, profile, keys, case):
    """What one key set gives: security codes, PIN reset code, unlock code."""
    for shown in case["securityCodes"]:
        time, code = shown["unixTime"], shown["code"]
        tally.equal(f"{where}: code at {time}", stp1.totp(keys.otp, time, profile.digits), code)
        tally.equal(f"{where}: step of {code}", stp1.find_step(keys.otp, code, time, 0, None, profile.digits), time // 30)
    reset = stp1.read_code("reset", serial, case["pinResetCode"])
    tally.equal(f"{where}: PIN reset code", stp1.reset_code(keys.unlock, serial, case["challenge"]), reset)
    tally.equal(f"{where}: proof", stp1.check_reset_code(keys.unlock, serial, reset), True)
    unlock = stp1.read_code("unlock", serial, case["unlockCode"])
    tally.equal(f"{where}: unlock code", stp1.unlock_code(keys.unlock, serial, reset), unlock)
    tally.equal(f"{where}: answer", stp1.ServerToken(serial, profile, keys).answer(reset), unlock)


def check_typing_errors(tally, cases):
    for case in cases:
        expected = expected_error(case) or {"error": "typing", "suspect": case["suspect"]}
        got = answer(stp1.read_code, case["kind"], case["serial"], case["code"])
        tally.equal(f"{case['kind']} {case['code']} of {case['serial']} ({case['what']})", got, expected)


def check_profiles(tally, cases):
    for case in cases:
        expected = expected_error(case) or (case["digits"], case["pinMinimum"])
        tally.equal(f"profile {case['symbol']}", answer(stp1.read_profile, case["symbol"]), expected)
        if "error" not in case:
            tally.equal(f"symbol of {expected}", stp1.profile_symbol(stp1.Profile(*expected)), case["symbol"])


def check_pins(tally, cases):
    for case in cases:
        tally.equal(f"PIN {case['pin']!r}, at least {case['minimum']}", stp1.pin_refusal(case["pin"], case["minimum"]), case["refused"])


def check_vault(tally, cases):
    for case in cases:
        where = f"vault {case['serial']}, PIN {case['pin']}"
        given = {name: bytes.fromhex(case[name]) for name in ("otpKey", "signKey", "pinSalt", "deviceSalt", "unlockKey", "unlockSalt", "unlockNonce")}
        key = stp1.pin_key(case["pin"], given["pinSalt"])
        box = stp1.pin_box(key, given["otpKey"], given["signKey"])
        tally.equal(f"{where}: pinKey", key.hex(), case["pinKey"])
        tally.equal(f"{where}: pinBox", box.hex(), case["pinBox"])
        tally.equal(f"{where}: opened", stp1.open_pin_box(key, box), (given["otpKey"], given["signKey"]))
        tally.equal(f"{where}: pinHint", stp1.pin_hint(given["deviceSalt"], case["pin"], case["pinMinimum"]), case["pinHint"])
        tally.equal(f"{where}: picture", stp1.picture(key), case["picture"])

        code = stp1.read_code("unlock", case["serial"], case["unlockCode"])
        box_key = stp1.unlock_box_key(code, given["unlockSalt"])
        unlock_box = stp1.unlock_box(box_key, given["unlockNonce"], case["serial"], given["unlockKey"])
        tally.equal(f"{where}: unlockBoxKey", box_key.hex(), case["unlockBoxKey"])
        tally.equal(f"{where}: unlockBox", unlock_box.hex(), case["unlockBox"])
        tally.equal(f"{where}: unlock", stp1.open_unlock_box(box_key, given["unlockNonce"], case["serial"], unlock_box), given["unlockKey"])
        tally.equal(f"{where}: wrong unlock", stp1.open_unlock_box(bytes(32), given["unlockNonce"], case["serial"], unlock_box), None)


def check_rfc(tally, cases):
    key = cases["4226"]["secretAscii"].encode()
    for counter, code in enumerate(cases["4226"]["codes"]):
        tally.equal(f"RFC 4226, {counter}", stp1.hotp(key, counter, 6, "sha1"), code)
    for case in cases["6238"]:
        got = stp1.totp(case["secretAscii"].encode(), case["unixTime"], case["digits"], case["algorithm"].lower())
        tally.equal(f"RFC 6238, {case['algorithm']} at {case['unixTime']}", got, case["code"])


SECTIONS = {
    "protocol": lambda tally, name: tally.equal("protocol", name, "STP-1"),
    "alphabet": lambda tally, symbols: tally.equal("alphabet", stp1.ALPHABET, symbols),
    "normalise": check_normalise,
    "activations": check_activations,
    "typingErrors": check_typing_errors,
    "profiles": check_profiles,
    "pins": check_pins,
    "vault": check_vault,
    "rfc": check_rfc,
}


def main(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    tally = Tally()
    for got, expected in zip_longest(sorted(vectors), sorted(SECTIONS)):
        tally.equal("sections", got, expected)
    for name in vectors.keys() & SECTIONS.keys():
        SECTIONS[name](tally, vectors[name])
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
