#!/usr/bin/env python3
"""Plays the MIMIC-III demo (100 de-identified intensive-care patients) to an MLLP door as one ward.

The data set shifts each patient by decades of its own. Here every first intensive-care stay begins on the same day, so
that all patients are on the ward at once; within a patient all distances in time stay.

    scripts/mimic-stream.py --data ../shared/data/mimic-demo --port 2575 --hours 48

Needs a source `mimic` with sendingApplications [MIMIC], zone Z and codeSystem urn:headwall:codes:mimic, and
`clock: recorded`. Nothing of the data is kept or written.
"""

import argparse
import concurrent.futures
import csv
import datetime
import gzip
import socket
import sys

START = datetime.datetime(2026, 1, 5)


def rows(path):
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            yield {name.lower(): value for name, value in row.items()}


def escaped(text):
    for plain, code in (("\\", "E"), ("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = text.replace(plain, "\\" + code + "\\")
    return " ".join(text.split())


def moment(text):
    return datetime.datetime.fromisoformat(text)


def stamp(time):
    return time.strftime("%Y%m%d%H%M%S")


def observation(number, row, labels, kind, shift):
    value, numeric = row["value"], row["valuenum"]
    if not numeric and value[:1] in "<>" and value.lstrip("<>= ").replace(".", "", 1).isdigit():
        sign = "".join(c for c in value[:2] if c in "<>=")
        form, content = "SN", f"{sign}^{value[len(sign):].strip()}"
    elif numeric:
        form, content = "NM", numeric
    else:
        form, content = "ST", escaped(value)
    name = f"{row['itemid']}^{escaped(labels.get(row['itemid'], ''))}^L"
    status = "W" if row.get("error") == "1" else "F"
    return (f"OBX|{number}|{form}|{name}||{content}|{escaped(row['valueuom'])}|||||{status}|||"
            f"{stamp(moment(row['charttime']) + shift)}|||||||{kind}{row['row_id']}^MIMIC\r")


def messages(folder, hours):
    """(time sent, patient, bytes), in the order of sending."""
    people = {row["subject_id"]: row for row in rows(f"{folder}/patients.csv.gz")}
    labels = {}
    for name in ("d_items", "d_labitems"):
        for row in rows(f"{folder}/{name}.csv.gz"):
            labels[row["itemid"]] = row["label"]
    stays = {}
    for row in sorted(rows(f"{folder}/icustays.csv.gz"), key=lambda row: row["intime"]):
        stays.setdefault(row["subject_id"], row)
    shift = {patient: START - moment(stay["intime"]) for patient, stay in stays.items()}
    end = START + datetime.timedelta(hours=hours)
    out = []
    for number, (patient, stay) in enumerate(sorted(stays.items(), key=lambda item: int(item[0])), 1):
        born = moment(people[patient]["dob"])
        age = (moment(stay["intime"]) - born).days // 365.2425
        # Ages above 89 are hidden in the data as about 300; 91 is the median that its documentation gives.
        birth = f"{START.year - int(91 if age > 120 else age)}0101"
        header = f"MSH|^~\\&|MIMIC|BIDMC|HEADWALL|BIDMC|{stamp(START)}||ADT^A01^ADT_A01|A{number}|P|2.6\r"
        person = f"PID|1||{patient}^^^MIMIC^MR||Patient {number}^Demo||{birth}|{people[patient]['gender']}\r"
        visit = f"PV1|1|I|{stay['first_careunit']}^^{number}||||||||||||||||{stay['hadm_id']}^^^MIMIC^VN\r"
        out.append((START, patient, header + f"EVN|A01|{stamp(START)}\r" + person + visit))
    groups = {}
    for name, kind in (("labevents", "L"), ("chartevents_1", "C"), ("chartevents_2", "C")):
        for row in rows(f"{folder}/{name}.csv.gz"):
            if row["subject_id"] in shift:
                time = moment(row["charttime"]) + shift[row["subject_id"]]
                if START - datetime.timedelta(days=1) <= time <= end:
                    groups.setdefault((time, row["subject_id"], kind), []).append(row)
    for number, ((time, patient, kind), members) in enumerate(sorted(groups.items(), key=lambda item: item[0]), 1):
        sent = max([time] + [moment(row["storetime"]) + shift[patient] for row in members if row.get("storetime")])
        if sent > end:
            continue
        text = f"MSH|^~\\&|MIMIC|BIDMC|HEADWALL|BIDMC|{stamp(sent)}||ORU^R01^ORU_R01|M{number}|P|2.6\r"
        text += f"PID|1||{patient}^^^MIMIC^MR\r"
        text += f"OBR|1|||{'LAB^Laboratory' if kind == 'L' else 'CHART^Charted observations'}^L|||{stamp(time)}\r"
        for index, row in enumerate(members, 1):
            text += observation(index, row, labels, kind, shift[patient])
        out.append((sent, patient, text))
    out.sort(key=lambda item: item[0])
    return out


def play(part, host, port, refused):
    """Sends one message after another; `refused` takes the answers that are no AA."""
    with socket.create_connection((host, port)) as connection:
        connection.settimeout(60)
        waiting = 0
        received = b""

        def acknowledged():
            nonlocal received
            while b"\x1c\r" not in received:
                piece = connection.recv(65536)
                if not piece:
                    raise ConnectionError("the door closed")
                received += piece
            frame, received = received.split(b"\x1c\r", 1)
            if b"MSA|AA|" not in frame:
                refused.append(frame)

        for _, _, text in part:
            connection.sendall(b"\x0b" + text.encode() + b"\x1c\r")
            waiting += 1
            if waiting == 32:
                acknowledged()
                waiting -= 1
        for _ in range(waiting):
            acknowledged()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with labevents.csv.gz and the others")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hours", type=float, default=48, help="how much of each stay (default 48)")
    options = parser.parse_args()
    all_messages = messages(options.data, options.hours)
    # An hour after the other, each over four connections: the clock of the recording then moves as on a ward.
    refused = []
    hour = {}
    for message in all_messages:
        hour.setdefault(max(0, int((message[0] - START).total_seconds() // 3600)), []).append(message)
    with concurrent.futures.ThreadPoolExecutor(4) as lanes:
        for _, part in sorted(hour.items()):
            sent = [
                lanes.submit(play, [m for m in part if int(m[1]) % 4 == lane], options.host, options.port, refused)
                for lane in range(4)]
            for lane in sent:
                try:
                    lane.result()
                except OSError as error:
                    sys.exit(f"{options.host}:{options.port}: {error}")
    print(f"{len(all_messages)} messages sent, {len(refused)} not accepted")


if __name__ == "__main__":
    main()
