// The mark: a desk bell. Dome and base in ink, the plunger in accent.
export function BellMark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" class="mark">
      <path class="plunger" d="M8 2.500h4v1.600h-1.100v1.700H9.100V4.100H8z" />
      <path d="M10 5.600c-4 0-7.100 3-7.300 7.100h14.600C17.100 8.600 14 5.600 10 5.600z" />
      <path d="M1.500 14.200h17v2.300h-17z" />
    </svg>
  );
}
