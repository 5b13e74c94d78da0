// Bytes as hex and letters, sixteen to a line, or eight where sixteen do not fit; only the lines in sight exist.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { VirtualList } from "./VirtualList";

/** CSS pixels that a line of sixteen bytes needs, its scroll bar with it. */
const WIDE = 520;

export function Hex({ bytes }: { bytes: Uint8Array }) {
  const box = useRef<HTMLDivElement>(null);
  const [length, setLength] = useState(16);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setLength(element.clientWidth < WIDE ? 8 : 16);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const keys = useMemo(
    () => Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) => `${length} ${index}`),
    [bytes, length],
  );
  const line = (index: number) => {
    const part = bytes.subarray(index * length, (index + 1) * length);
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, "0"));
    const letters = [...part].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    return (
      <div class="hex-line mono">
        <span class="quiet">{(index * length).toString(16).padStart(6, "0")}</span>
        <span>{hex.join(" ").padEnd(3 * length - 1)}</span>
        <span class="second">{letters}</span>
      </div>
    );
  };
  return (
    <div
      class="hex"
      ref={box}
      style={{ height: `${Math.min(30, keys.length) * 19 + 2}px` }}
      tabIndex={0}
      role="group"
      aria-label="Bytes in hex"
    >
      <VirtualList label={`Lines of ${length} bytes`} keys={keys} height={19} render={line} />
    </div>
  );
}
