"""The same work by other libraries, on the corpus that headwall-bench wrote: parse, read PID-3.1, PID-5.1, every OBX-3.1 and
OBX-5, in one thread. Run by scripts/bench-er7.sh."""

import sys
import time

import brightohir
import hl7
import hl7kit
import hl7lw


def read_hl7(text):
    message = hl7.parse(text)
    values = []
    try:
        patient = message.segment("PID")
        values += [str(patient(3)(1)(1)), str(patient(5)(1)(1))]
    except (KeyError, IndexError):
        pass
    try:
        for result in message.segments("OBX"):
            values += [str(result(3)(1)(1)), str(result(5))]
    except (KeyError, IndexError):
        pass
    return values


def read_hl7lw(text, parser=hl7lw.Hl7Parser()):
    message = parser.parse_message(text)
    values = [message["PID-3.1"], message["PID-5.1"]]
    for result in message.get_segments("OBX"):
        values += [result[3], result[5]]
    return values


def read_hl7kit(data):
    message = hl7kit.parse(data)
    values = [message.get("PID-3.1"), message.get("PID-5.1")]
    number = 1
    while (code := message.get(f"OBX[{number}]-3.1")) is not None:
        values += [code, message.get(f"OBX[{number}]-5")]
        number += 1
    return values


def convert_brightohir(text):
    return [brightohir.v2_to_r5(text)]


def rate(work, inputs, seconds=3.0):
    done = failed = 0
    start = time.perf_counter()
    for value in inputs:
        try:
            work(value)
            done += 1
        except Exception:  # a message the library refuses is not counted as work done
            failed += 1
        if time.perf_counter() - start > seconds:
            break
    return done / (time.perf_counter() - start), failed


def main():
    frames = open(sys.argv[1], "rb").read().split(b"\x1c\r")
    messages = [frame.lstrip(b"\x0b") for frame in frames if frame]
    texts = [m.decode("utf-8", "replace").replace("\r\n", "\r").replace("\n", "\r") for m in messages]
    # Not in the order of the corpus, whose beginning is the short messages.
    step = 7
    order = [i for start in range(step) for i in range(start, len(messages), step)]
    print("\nother libraries, the same messages and values")
    for name, work, inputs in [
        ("hl7 " + hl7.__version__, read_hl7, texts),
        ("hl7lw", read_hl7lw, texts),
        ("hl7kit " + hl7kit.__version__, read_hl7kit, messages),
        ("brightohir, to FHIR R5", convert_brightohir, [t for t in texts if "|ORU^R01" in t]),
    ]:
        chosen = [inputs[i] for i in order if i < len(inputs)]
        figure, failed = rate(work, chosen)
        print(f"  {name:<50}{figure:>10.0f} msg/s" + (f"  ({failed} refused)" if failed else ""))


main()
