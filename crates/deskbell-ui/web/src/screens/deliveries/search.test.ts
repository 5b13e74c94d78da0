import { expect, test, vi } from "vitest";

vi.mock("../../state/account", () => ({ webhookName: (id: string) => id }));
const { token, tokenOf, tokens, withToken } = await import("./search");

test("a value that was pressed is one token, whatever it is made of", () => {
  for (const value of ["12.0", "Ines Carvalho", 'say "hi"', "C:\\dir name\\", 'a\\"b', "a:b", "-1"]) {
    const text = tokenOf("body.data.note", value);
    const search = withToken("type:booking", text);
    expect(tokens(search).map((one) => one.text)).toEqual(["type:booking", text]);
    expect(token(text).key).toBe("body.data.note");
  }
  expect(tokenOf("body.a", 'say "hi"')).toBe('body.a:"say \\"hi\\""');
});
