"""An oracle for programs in other languages: each line of standard input is one JSON object {"op": …}, each is answered by
one line of JSON on standard output (with the same "id", if one was given).

Keys, salts, nonces and boxes are hexadecimal; codes and serial numbers may have separators, and are answered in groups.
A code that the reader refuses is answered with its error, as in {"error": "typing", "suspect": {"symbol": 7}}; a request
that cannot be understood with {"error": "request", "message": …}.

    parse               kind ("serial" or a code's), serial, typed               → canonical, for an activation code: profile
    check_symbols       kind, serial, body                                       → check
    draw_activation     digits, pinMinimum, serial (or it is drawn)              → serial, activationCode
    activation          serial, activationCode, r                                → root, …Key, registrationCode
    registration_check  serial, activationCode, registrationCode                 → valid, …Key
    hotp                key, counter, digits, algorithm (sha256)                 → code
    totp                key, time, digits, algorithm (sha256)                    → code
    find_step           key, code, time, drift (0), after (null), digits         → step or null
    resynchronise       key, first, second, time, after (null), digits           → step, drift, or both null
    drift               drift, side (of the success before), offset (step - floor(time/30) of the new one) → drift, side
    step_to_show        time, lastShown (null)                                   → step
    reset_code          unlockKey, serial, challenge                             → pinResetCode
    reset_check         unlockKey, serial, pinResetCode                          → valid
    unlock_code         unlockKey, serial, pinResetCode                          → unlockCode
    next_keys           unlockKey, serial, pinResetCode                          → …Key
    pin_refusal         pin, minimum                                             → refused
    pin_hint            deviceSalt, pin, minimum                                 → pinHint
    pin_box             pin, pinSalt, otpKey, signKey                            → pinKey, pinBox
    open_pin_box        pin, pinSalt, pinBox                                     → otpKey, signKey
    picture             pin, pinSalt                                             → picture
    unlock_box          unlockCode, unlockSalt, nonce, serial, unlockKey         → unlockBoxKey, unlockBox
    open_unlock_box     unlockCode, unlockSalt, nonce, serial, unlockBox         → unlockKey or null
"""

import json
import sys

import stp1


class Request:
    """One line's object; its fields are read as what they have to be."""

    def __init__(self, fields):
        self.fields = fields

    def __getitem__(self, name):
        return self.fields[name]

    def get(self, name, default=None):
        return self.fields.get(name, default)

    def data(self, name):
        return bytes.fromhex(self[name])

    @property
    def serial(self):
        return stp1.read_serial(self["serial"])

    def code(self, kind, name):
        return stp1.read_code(kind, self.serial, self[name])

    def symbols(self, name):
        return stp1.normalise(self[name])


def key_names(keys):
    return {f"{name}Key": key.hex() for name, key in keys._asdict().items()}


def parse(q):
    if q["kind"] == "serial":
        return {"canonical": stp1.read_serial(q["typed"])}
    code = q.code(q["kind"], "typed")
    if q["kind"] != "activation":
        return {"canonical": code}
    profile = stp1.read_profile(code[0])
    return {"canonical": code, "profile": {"digits": profile.digits, "pinMinimum": profile.pin_minimum}}


def check_symbols(q):
    return {"check": stp1.check_symbols(q["kind"], q.serial, q.symbols("body"))}


def draw_activation(q):
    serial = q.serial if q.get("serial") else stp1.draw_serial()
    code = stp1.draw_activation_code(serial, stp1.Profile(q["digits"], q["pinMinimum"]))
    return {"serial": stp1.group(serial), "activationCode": stp1.group(code)}


def activation(q):
    root = stp1.activation_root(q.serial, q.code("activation", "activationCode"), q.symbols("r"))
    return {
        "root": root.hex(),
        **key_names(stp1.keys_of(root)),
        "confirmKey": stp1.key_of(root, "confirm").hex(),
        "registrationCode": stp1.group(stp1.registration_code(root, q.serial, q.symbols("r"))),
    }


def registration_check(q):
    activation_code = q.code("activation", "activationCode")
    keys = stp1.check_registration(q.serial, activation_code, q.code("registration", "registrationCode"))
    return {"valid": True, **key_names(keys)} if keys else {"valid": False}


def hotp(q):
    return {"code": stp1.hotp(q.data("key"), q["counter"], q["digits"], q.get("algorithm", "sha256"))}


def totp(q):
    return {"code": stp1.totp(q.data("key"), q["time"], q["digits"], q.get("algorithm", "sha256"))}


def find_step(q):
    return {"step": stp1.find_step(q.data("key"), q["code"], q["time"], q.get("drift", 0), q.get("after"), q["digits"])}


def resynchronise(q):
    step = stp1.resynchronise(q.data("key"), q["first"], q["second"], q["time"], q.get("after"), q["digits"])
    return {"step": step, "drift": None if step is None else step - stp1.step_at(q["time"])}


def drift(q):
    after = stp1.Drift(q["drift"], q["side"]).after_success(q["offset"])
    return {"drift": after.steps, "side": after.side}


def step_to_show(q):
    return {"step": stp1.step_to_show(q["time"], q.get("lastShown"))}


def reset_code(q):
    return {"pinResetCode": stp1.group(stp1.reset_code(q.data("unlockKey"), q.serial, q.symbols("challenge")))}


def reset_check(q):
    return {"valid": stp1.check_reset_code(q.data("unlockKey"), q.serial, q.code("reset", "pinResetCode"))}


def unlock_code(q):
    return {"unlockCode": stp1.group(stp1.unlock_code(q.data("unlockKey"), q.serial, q.code("reset", "pinResetCode")))}


def next_keys(q):
    return key_names(stp1.next_keys(q.data("unlockKey"), q.code("reset", "pinResetCode")))


def pin_refusal(q):
    return {"refused": stp1.pin_refusal(q["pin"], q["minimum"])}


def pin_hint(q):
    return {"pinHint": stp1.pin_hint(q.data("deviceSalt"), q["pin"], q["minimum"])}


def pin_box(q):
    key = stp1.pin_key(q["pin"], q.data("pinSalt"))
    return {"pinKey": key.hex(), "pinBox": stp1.pin_box(key, q.data("otpKey"), q.data("signKey")).hex()}


def open_pin_box(q):
    otp_key, sign_key = stp1.open_pin_box(stp1.pin_key(q["pin"], q.data("pinSalt")), q.data("pinBox"))
    return {"otpKey": otp_key.hex(), "signKey": sign_key.hex()}


def picture(q):
    return {"picture": stp1.picture(stp1.pin_key(q["pin"], q.data("pinSalt")))}


def unlock_box(q):
    key = stp1.unlock_box_key(q.code("unlock", "unlockCode"), q.data("unlockSalt"))
    box = stp1.unlock_box(key, q.data("nonce"), q.serial, q.data("unlockKey"))
    return {"unlockBoxKey": key.hex(), "unlockBox": box.hex()}


def open_unlock_box(q):
    key = stp1.unlock_box_key(q.code("unlock", "unlockCode"), q.data("unlockSalt"))
    unlock_key = stp1.open_unlock_box(key, q.data("nonce"), q.serial, q.data("unlockBox"))
    return {"unlockKey": None if unlock_key is None else unlock_key.hex()}


OPS = {
    op.__name__: op
    for op in (
        parse, check_symbols, draw_activation, activation, registration_check, hotp, totp, find_step, resynchronise, drift,
        step_to_show, reset_code, reset_check, unlock_code, next_keys, pin_refusal, pin_hint, pin_box, open_pin_box, picture,
        unlock_box, open_unlock_box,
    )
}  # fmt: skip


def answer(line):
    request = {}
    try:
        request = json.loads(line)
        result = OPS[request["op"]](Request(request))
    except stp1.Refused as refused:
        result = refused.answer
    except Exception as problem:  # The oracle has to answer the next line, whatever this one was.
        result = {"error": "request", "message": f"{type(problem).__name__}: {problem}"}
    return {"id": request["id"], **result} if isinstance(request, dict) and "id" in request else result


def main():
    sys.stdin.reconfigure(encoding="utf-8")
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(answer(line)), flush=True)


if __name__ == "__main__":
    main()
