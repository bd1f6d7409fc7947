"use strict";
// Live updates of the ward page. Without this script the page is complete, only still.
(() => {
  const body = document.body;
  const list = document.getElementById("patients");
  const recorded = body.dataset.recorded === "true";
  let clock = Number(body.dataset.clock);
  let received = Date.now();
  let source = null;

  const now = () => (recorded ? clock : clock + (Date.now() - received));

  const age = (time) => {
    const minutes = Math.trunc((now() - time) / 60000);
    const size = Math.abs(minutes);
    const text = size < 1 ? "now" : size < 60 ? `${size} min` : size < 2880 ? `${Math.trunc(size / 60)} h` : `${Math.trunc(size / 1440)} d`;
    return minutes < 0 ? `in ${text}` : text;
  };

  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  const tick = () => {
    for (const element of document.querySelectorAll("time.age")) {
      const text = age(Number(element.dataset.t));
      if (element.textContent !== text) element.textContent = text;
    }
    const local = new Date(now() + Number(body.dataset.offset) * 60000);
    const two = (value) => String(value).padStart(2, "0");
    const element = document.getElementById("clock");
    element.dateTime = new Date(now()).toISOString();
    element.textContent = `${local.getUTCDate()} ${months[local.getUTCMonth()]} ${local.getUTCFullYear()}, ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
  };

  const count = () => {
    const size = list.children.length;
    document.getElementById("count").textContent = size;
    document.getElementById("noun").textContent = size === 1 ? "patient" : "patients";
    document.getElementById("empty").hidden = size > 0;
  };

  const summary = (data) => {
    clock = data.clock;
    received = Date.now();
    for (const name of ["messages", "quarantined", "unmapped"]) document.getElementById(name).textContent = data[name];
    tick();
  };

  const rowOf = (patient) => document.getElementById(`p-${patient}`);

  const place = (row) => {
    const after = [...list.children].find((other) => other !== row && other.dataset.sort > row.dataset.sort);
    list.insertBefore(row, after ?? null);
  };

  const update = (data) => {
    const template = document.createElement("template");
    template.innerHTML = data.html;
    const row = template.content.querySelector("tr");
    if (!row) return;
    const old = rowOf(data.patient);
    const focused = old?.contains(document.activeElement) ? document.activeElement : null;
    const wasOpen = old?.querySelector("details")?.open;
    if (old) {
      row.tabIndex = old.tabIndex;
      old.replaceWith(row);
    }
    if (wasOpen && row.querySelector("details")) row.querySelector("details").open = true;
    place(row);
    if (focused) (focused.tagName === "SUMMARY" && row.querySelector("summary") ? row.querySelector("summary") : row).focus({ preventScroll: true });
    row.classList.add("changed");
    setTimeout(() => row.classList.remove("changed"), 3000);
    if (data.announcement) document.getElementById("announcements").textContent = data.announcement;
    count();
    firstStop();
  };

  const reload = async () => {
    const response = await fetch(location.href, { cache: "no-store" });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const focused = document.activeElement?.closest?.("tr.patient")?.id;
    list.replaceChildren(...fresh.getElementById("patients").children);
    body.dataset.eventId = fresh.body.dataset.eventId;
    const value = (name) => fresh.getElementById(name).textContent;
    summary({ clock: Number(fresh.body.dataset.clock), messages: value("messages"), quarantined: value("quarantined"), unmapped: value("unmapped") });
    count();
    firstStop();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };

  const connection = (state, text) => {
    const element = document.getElementById("connection");
    if (element.className === state) return;
    element.className = state;
    element.textContent = text;
  };

  const connect = () => {
    const query = new URLSearchParams({ after: body.dataset.eventId });
    if (body.dataset.ward) query.set("ward", body.dataset.ward);
    source = new EventSource(`/ward/events?${query}`);
    const on = (name, handle) => source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    source.onopen = () => connection("live", "live");
    source.onerror = () => {
      connection("lost", "not live: values may be out of date");
      if (source.readyState === EventSource.CLOSED) setTimeout(() => { reload().catch(() => {}).finally(connect); }, 5000);
    };
    on("row", (data) => { summary(data); update(data); });
    on("removal", (data) => { summary(data); rowOf(data.patient)?.remove(); count(); firstStop(); });
    on("counters", summary);
    on("reset", () => reload().catch(() => {}));
  };

  // One row is the stop of the Tab key; arrows, j and k move it.
  const firstStop = () => {
    if (!list.querySelector('tr[tabindex="0"]') && list.firstElementChild) list.firstElementChild.tabIndex = 0;
  };

  const move = (row) => {
    if (!row) return;
    for (const other of list.querySelectorAll('tr[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = document.activeElement?.closest?.("tr.patient");
    switch (event.key) {
      case "j": case "ArrowDown": move(row ? row.nextElementSibling : list.firstElementChild); break;
      case "k": case "ArrowUp": move(row ? row.previousElementSibling : list.lastElementChild); break;
      case "Home": move(list.firstElementChild); break;
      case "End": move(list.lastElementChild); break;
      case "Enter": {
        if (document.activeElement !== row) return;
        const details = row?.querySelector("details");
        if (!details) return;
        details.open = !details.open;
        break;
      }
      default: return;
    }
    event.preventDefault();
  });

  firstStop();
  tick();
  setInterval(tick, 10000);
  if ("EventSource" in window) connect();
})();
