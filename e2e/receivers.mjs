// Receivers elsewhere, as tests need them: what each gets, and what it answers; over TLS with a certificate of any age; and a name
// server that says where names lead.
// `@peculiar/x509` wants it first.
import "reflect-metadata";
import dgram from "node:dgram";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

const DAY = 86_400_000;
const KEYS = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** What tests opened, closed by one call. */
export class Receivers {
  #doors = [];

  /**
   * A receiver that answers by `answer(response, count, request)`, once it has the request whole.
   *
   * @param tls the certificate of {@link Authority.issue}; without it plain http is spoken.
   * @param host the name in its URL.
   */
  async open(answer, { tls, host = "127.0.0.1" } = {}) {
    const got = [];
    const listener = (request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        got.push({ url: request.url, headers: request.headers, body });
        answer(response, got.length, request);
      });
    };
    const door = tls ? https.createServer(tls, listener) : http.createServer(listener);
    await new Promise((resolve) => door.listen(0, "127.0.0.1", resolve));
    this.#doors.push(door);
    const url = `${tls ? "https" : "http"}://${host}:${door.address().port}/hook`;
    return { got, url, close: () => shut(door) };
  }

  /** One that answers the same to everything. */
  answering(status, headers = {}, options = {}) {
    return this.open((response) => response.writeHead(status, headers).end(), options);
  }

  close() {
    for (const door of this.#doors) shut(door);
  }
}

function shut(door) {
  door.close();
  door.closeAllConnections();
}

/** An authority of the tests' own: its root for `delivery.trust_file`, and certificates of any age. */
export class Authority {
  static async make() {
    const keys = await crypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
    const root = await x509.X509CertificateGenerator.createSelfSigned({
      name: "CN=Tests",
      notBefore: new Date(Date.now() - 3_650 * DAY),
      notAfter: new Date(Date.now() + DAY),
      signingAlgorithm: KEYS,
      keys,
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    const folder = await mkdtemp(join(tmpdir(), "deskbell-authority-"));
    const file = join(folder, "root.pem");
    await writeFile(file, root.toString("pem"));
    return Object.assign(new Authority(), { keys, root, file, folder });
  }

  /** A certificate for `host` that holds until `notAfter`; one that is `own` is signed by nobody else. */
  async issue(host, { notAfter = new Date(Date.now() + DAY), own = false } = {}) {
    const keys = await crypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${host}`,
      issuer: own ? `CN=${host}` : this.root.subject,
      notBefore: new Date(Math.min(Date.now(), notAfter.getTime()) - 90 * DAY),
      notAfter,
      signingAlgorithm: KEYS,
      publicKey: keys.publicKey,
      signingKey: own ? keys.privateKey : this.keys.privateKey,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
    });
    const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
    return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
  }

  close() {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * A name server that knows the `names`, each with its one IPv4 address, and says of every other that it does not exist.
 *
 * Questions and answers are those of RFC 1035, 4.1.
 */
export async function nameServer(names) {
  const door = dgram.createSocket("udp4");
  door.on("message", (question, { port, address }) => {
    let at = 12;
    const labels = [];
    for (let length = question[at]; length > 0; length = question[at]) {
      labels.push(question.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const end = at + 5;
    const [found, isA] = [names[labels.join(".").toLowerCase()], question.readUInt16BE(at + 1) === 1];
    const answers = found && isA ? 1 : 0;
    const head = Buffer.alloc(12);
    question.copy(head, 0, 0, 2);
    head.writeUInt16BE(found ? 0x8580 : 0x8583, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(answers, 6);
    // The name is the question's, by a pointer; class IN, a minute, four bytes.
    const record = Buffer.from([
      0xc0,
      12,
      0,
      1,
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      4,
      ...(found ?? "0.0.0.0").split(".").map(Number),
    ]);
    door.send(Buffer.concat([head, question.subarray(12, end), answers ? record : Buffer.alloc(0)]), port, address);
  });
  await new Promise((resolve) => door.bind(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${door.address().port}`, close: () => door.close() };
}
