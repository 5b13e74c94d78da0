// Calls the program in DESKBELL_URL with the types of the document: makes a webhook, lists it, and reads a refusal.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths } from "./node_modules/.smoke/schema.js";

const { DESKBELL_URL, DESKBELL_API_KEY } = process.env;
const client = createClient<paths>({ baseUrl: DESKBELL_URL ?? "", headers: { "API-Key": DESKBELL_API_KEY ?? "" } });

const body = {
  name: "TypeScript client",
  url: "https://hooks.northwind.example/in/bookings",
  events: ["booking" as const],
};
const { data: made } = await client.POST("/v2/webhooks", { body });
assert.equal(made?.name, body.name);
assert.equal(made.secret?.length, 32);
const { data: listed } = await client.GET("/v2/webhooks", { params: { query: { limit: 100 } } });
assert.ok(listed?.data.some(({ id }) => id === made.id));
const { error } = await client.POST("/v2/webhooks", { body });
assert.equal(error?.code, "name_taken");
console.log("ok   the TypeScript client makes a webhook, lists it, and reads a refusal");
