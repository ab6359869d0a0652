"""A soft token of another make, for trying a server (or a token's own storage) against.

    foreign_token.py activate --serial S --state FILE    standard input: activation code, PIN     → registration code
    foreign_token.py code --state FILE                   standard input: PIN                      → security code
    foreign_token.py reset --state FILE                                                           → PIN reset code
    foreign_token.py unlock --state FILE                 standard input: unlock code, new PIN

Each answers with one JSON object. Exit codes: 0 done, 1 refused, 2 wrong usage.

NOT FOR REAL USE: the vault of STP-1, section 4, lies in FILE without an outer seal, protected by its mode (0600) only; what
it overwrites may stay on the disk; two of these programs at once on one FILE are not kept apart.
"""

import argparse
import base64
import json
import os
import secrets
import sys
import time

import stp1

TRIES = 5
WRONG_UNLOCK_CODES_WITHOUT_WAIT = 5
LONGEST_WAIT = 3600


# ---- The state file -----------------------------------------------------------------------------------------------


def save(path, state):
    """Durably, and readable by its owner only."""
    beside = f"{path}.new"
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(state, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
    except FileNotFoundError:
        raise stp1.Refused("no-such-identity") from None
    if is_locked(state):
        overwrite_pin_box(path, state)
    return state


def to_text(data):
    return base64.b64encode(data).decode("ascii")


def to_bytes(text):
    return base64.b64decode(text)


def profile_of(state):
    return stp1.Profile(*state["profile"])


def sealed(keys, serial, profile, pin, device_salt, reset_before):
    """What one key set leaves in the vault (4, and the start of 5); key(unlock) is forgotten afterwards."""
    pin_salt, unlock_salt, nonce = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(12)
    reset = stp1.draw_reset_code(keys.unlock, serial, reset_before)
    box_key = stp1.unlock_box_key(stp1.unlock_code(keys.unlock, serial, reset), unlock_salt)
    return {
        "pinHint": stp1.pin_hint(device_salt, pin, profile.pin_minimum),
        "pinSalt": to_text(pin_salt),
        "pinBox": to_text(stp1.pin_box(stp1.pin_key(pin, pin_salt), keys.otp, keys.sign)),
        "unlockSalt": to_text(unlock_salt),
        "nonce": to_text(nonce),
        "unlockBox": to_text(stp1.unlock_box(box_key, nonce, serial, keys.unlock)),
        "pinResetCode": reset,
        "failedPins": 0,
        "wrongUnlockCodes": 0,
        "unlockNotBefore": 0,
        "lastShown": None,
    }


# ---- The commands -------------------------------------------------------------------------------------------------


def activate(arguments):
    if os.path.exists(arguments.state):
        raise stp1.Refused("name-taken")
    serial = stp1.read_serial(arguments.serial)
    activation_code = stp1.read_code("activation", serial, read_line())
    profile = stp1.read_profile(activation_code[0])
    pin = read_new_pin(profile)

    keys, registration = stp1.activate_token(serial, activation_code)
    device_salt = secrets.token_bytes(32)
    contents = sealed(keys, serial, profile, pin, device_salt, None)
    save(arguments.state, {
        "serial": serial, "profile": profile, "deviceSalt": to_text(device_salt), "registrationCode": registration, **contents,
    })  # fmt: skip
    print("This token's keys are protected by the mode of its state file only.", file=sys.stderr)
    return {"serialNumber": stp1.group(serial), "registrationCode": stp1.group(registration)}


def code(arguments):
    state = load(arguments.state)
    if is_locked(state):
        raise locked(state)
    profile, pin = profile_of(state), read_line()
    if not stp1.is_pin_entry(pin, profile.pin_minimum):
        raise stp1.Refused("weak-pin", reason="length")

    # Counted durably before it is judged.
    state["failedPins"] += 1
    save(arguments.state, state)
    if stp1.pin_hint(to_bytes(state["deviceSalt"]), pin, profile.pin_minimum) != state["pinHint"]:
        if is_locked(state):
            overwrite_pin_box(arguments.state, state)
            raise locked(state)
        raise stp1.Refused("wrong-pin", triesLeft=TRIES - state["failedPins"])

    otp_key, _ = stp1.open_pin_box(stp1.pin_key(pin, to_bytes(state["pinSalt"])), to_bytes(state["pinBox"]))
    step = stp1.step_to_show(time.time(), state["lastShown"])
    state.update(failedPins=0, lastShown=step, registrationCode=None)
    save(arguments.state, state)
    time.sleep(max(0, (step - 1) * stp1.STEP_SECONDS - time.time()))
    valid = (step + 2) * stp1.STEP_SECONDS - time.time()
    return {"securityCode": stp1.hotp(otp_key, step, profile.digits), "validForSeconds": int(valid)}


def is_locked(state):
    return state["failedPins"] >= TRIES


def overwrite_pin_box(path, state):
    """From then on no PIN opens this copy, only an unlock code."""
    hint = secrets.randbits(stp1.HINT_BITS[profile_of(state).pin_minimum])
    state.update(pinBox=to_text(secrets.token_bytes(64)), pinSalt=to_text(secrets.token_bytes(16)), pinHint=hint)
    save(path, state)


def locked(state):
    return stp1.Refused("locked", pinResetCode=stp1.group(state["pinResetCode"]))


def reset(arguments):
    return {"pinResetCode": stp1.group(load(arguments.state)["pinResetCode"])}


def unlock(arguments):
    state = load(arguments.state)
    serial, profile = state["serial"], profile_of(state)
    wait = state["unlockNotBefore"] - time.time()
    if wait > 0:
        raise stp1.Refused("wait", seconds=int(wait) + 1)

    typed = stp1.read_code("unlock", serial, read_line())
    box_key = stp1.unlock_box_key(typed, to_bytes(state["unlockSalt"]))
    unlock_key = stp1.open_unlock_box(box_key, to_bytes(state["nonce"]), serial, to_bytes(state["unlockBox"]))
    if unlock_key is None:
        count_wrong_unlock_code(arguments.state, state)
        raise stp1.Refused("wrong-unlock-code")

    pin = read_new_pin(profile)
    keys = stp1.next_keys(unlock_key, state["pinResetCode"])
    contents = sealed(keys, serial, profile, pin, to_bytes(state["deviceSalt"]), state["pinResetCode"])
    save(arguments.state, {**state, **contents})
    return {"unlocked": True}


def count_wrong_unlock_code(path, state):
    state["wrongUnlockCodes"] += 1
    beyond = state["wrongUnlockCodes"] - WRONG_UNLOCK_CODES_WITHOUT_WAIT
    if beyond >= 0:
        state["unlockNotBefore"] = time.time() + min(60 * 2**beyond, LONGEST_WAIT)
    save(path, state)


def read_line():
    return sys.stdin.readline().rstrip("\r\n")


def read_new_pin(profile):
    pin = read_line()
    reason = stp1.pin_refusal(pin, profile.pin_minimum)
    if reason:
        raise stp1.Refused("weak-pin", reason=reason)
    return pin


COMMANDS = {"activate": activate, "code": code, "reset": reset, "unlock": unlock}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        command = commands.add_parser(name)
        command.add_argument("--state", required=True, metavar="FILE")
        if name == "activate":
            command.add_argument("--serial", required=True)
    arguments = parser.parse_args()
    try:
        print(json.dumps(COMMANDS[arguments.command](arguments)))
        return 0
    except stp1.Refused as refused:
        print(json.dumps(refused.answer))
        print(f"Refused: {refused}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
