import { expect, test } from "vitest";
import { judged } from "./faults";

test("a URL is judged as it is typed, and the beginning of a good one is no mistake", () => {
  const good = "https://hooks.northwind.example/in/bookings?tenant=1";
  for (let length = 0; length <= good.length; length++) expect(judged(good.slice(0, length), false)).toBeNull();
});

test("what the API refuses by its text is said before it is asked", () => {
  const wrong = (url: string, allowHttp = false) => judged(url, allowHttp);
  expect(wrong("http://a.example")).toContain("must start with https://");
  expect(wrong("http://a.example", true)).toBeNull();
  expect(wrong("hooks.example")).toContain("must start with https://, ");
  expect(wrong("localhost:3000/hook", true)).toContain("must start with http:// or https://, ");
  expect(wrong("ftp://a.example")).toContain("must start with https://");
  expect(wrong("https://a.example/ b")).toContain("white space");
  expect(wrong("https://a.example/#x")).toContain("#");
  expect(wrong("https://me@a.example/")).toContain("password");
  expect(wrong(`https://a.example/${"x".repeat(2_048)}`)).toContain("2048");
});
