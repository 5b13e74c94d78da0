// Bytes as hex and letters, sixteen to a line; only the lines in sight exist.
import { useMemo } from "preact/hooks";
import { VirtualList } from "./VirtualList";

const LINE = 16;

export function Hex({ bytes }: { bytes: Uint8Array }) {
  const keys = useMemo(
    () => Array.from({ length: Math.ceil(bytes.length / LINE) }, (_, index) => String(index)),
    [bytes],
  );
  const line = (index: number) => {
    const part = bytes.subarray(index * LINE, (index + 1) * LINE);
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, "0"));
    const letters = [...part].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    return (
      <div class="hex-line mono">
        <span class="quiet">{(index * LINE).toString(16).padStart(6, "0")}</span>
        <span>
          {hex.slice(0, 8).join(" ").padEnd(23)} {hex.slice(8).join(" ").padEnd(23)}
        </span>
        <span class="second">{letters}</span>
      </div>
    );
  };
  return (
    <div
      class="hex"
      style={{ height: `${Math.min(30, keys.length) * 19 + 2}px` }}
      tabIndex={0}
      role="group"
      aria-label="Bytes in hex"
    >
      <VirtualList label="Lines of sixteen bytes" keys={keys} height={19} render={line} />
    </div>
  );
}
