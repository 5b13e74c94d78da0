import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { booking, conversation } from "../fake/objects";
import { FakeServer, list, Refusal, settled } from "../fake/server";
import { idOf, nameOf, Sandbox } from "./bookings";

const CONTACT = { id: "CTC-1", first_name: "Noor", last_name: "Haddad" };
const BOT = { id: "BOT-1", name: "Front desk" };

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer()
    .on("GET bookings", list([booking("BKNG-1")]))
    .on("GET conversations", list([conversation("CVR-1", { contact: CONTACT as never, bot: BOT as never })]))
    .on("GET booking-calendars", list([{ id: "BKC-1", name: "Demo", host: "USR-1" }]))
    .on("GET users", list([{ id: "USR-1", first_name: "Ines", last_name: "Carvalho" }]));
});
afterEach(() => vi.unstubAllGlobals());

async function loaded(): Promise<Sandbox> {
  const sandbox = new Sandbox();
  await sandbox.load();
  return sandbox;
}

test("it knows each booking's calendar and host, and each conversation's parties", async () => {
  const sandbox = await loaded();
  const found = sandbox.bookings.value.get("BKNG-1") ?? booking("");
  expect([sandbox.calendar(found)?.name, sandbox.host(found)]).toEqual(["Demo", "Ines Carvalho"]);
  const talking = sandbox.conversations.value.get("CVR-1") ?? conversation("");
  expect(sandbox.parties(talking)).toEqual({ contact: "Noor Haddad", bot: "Front desk" });
  expect(server.count("GET conversations/CVR-1")).toBe(0);
});

test("of two tellings of a booking the later counts, whichever comes first", async () => {
  const sandbox = await loaded();
  const at = (time: string, status: string) => booking("BKNG-1", { status, last_updated_time: time });
  sandbox.hear([{ kind: "booking", data: at("2026-05-12T12:00:00Z", "completed") }]);
  sandbox.hear([{ kind: "booking", data: at("2026-05-12T11:00:00Z", "rescheduled") }]);
  await sandbox.refresh();
  expect(sandbox.bookings.value.get("BKNG-1")?.status).toBe("completed");
});

test("a stranger's name is asked for once, however often the conversation is told", async () => {
  const sandbox = await loaded();
  const told = conversation("CVR-2", { contact: "CTC-2", bot: "BOT-1" });
  server.on("GET conversations/CVR-2", { ...told, contact: { id: "CTC-2", email: "yuki@hoshi.example" }, bot: BOT });
  for (let time = 0; time < 3; time++) sandbox.hear([{ kind: "conversation", data: told }]);
  await settled();
  expect(server.count("GET conversations/CVR-2")).toBe(1);
  expect(sandbox.parties(told)).toEqual({ contact: "yuki@hoshi.example", bot: "Front desk" });
});

test("a step gives the booking as it is after it, or the server's refusal", async () => {
  const sandbox = await loaded();
  const canceled = booking("BKNG-1", { status: "canceled", last_updated_time: "2026-05-12T12:00:00Z" });
  server.on("POST bookings/BKNG-1/cancel", canceled);
  await sandbox.act("BKNG-1", "cancel", {});
  expect(sandbox.bookings.value.get("BKNG-1")?.status).toBe("canceled");
  server.on("POST bookings/BKNG-1/cancel", new Refusal(409, "booking_state"));
  await expect(sandbox.act("BKNG-1", "cancel", {})).rejects.toMatchObject({ status: 409, code: "booking_state" });
});

test("what cannot be read is told, and the list is not loading any more", async () => {
  server.on("GET users", new Refusal(500, "internal"));
  const sandbox = await loaded();
  expect([sandbox.loading.value, sandbox.error.value]).toMatchObject([false, { status: 500 }]);
});

test("ids and names come from ids, objects and nothing", () => {
  expect([idOf("USR-1"), idOf({ id: "USR-2" }), idOf({ id: 7 }), idOf(null)]).toEqual(["USR-1", "USR-2", "", ""]);
  expect([nameOf({ id: "A" }), nameOf({ id: "A", email: "a@b.c" }), nameOf(null)]).toEqual(["A", "a@b.c", ""]);
});
