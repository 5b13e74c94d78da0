import type { Deliveries } from "../../state/deliveries";
export function DeliveryDetail({ id }: { id: string; list: Deliveries; back: string; search: string; onSearch: (search: string) => void }) {
  return <p>{id}</p>;
}
