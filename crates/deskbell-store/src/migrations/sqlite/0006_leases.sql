-- When the machine that holds a delivery got it, in milliseconds; 0 is nobody's. What was claimed had the end of its lease as
-- its due time; the next start takes it over.
UPDATE deliveries INDEXED BY deliveries_held SET leased = coalesce(due - 25000, scheduled, created) WHERE leased = 1;
DROP INDEX deliveries_held;
CREATE INDEX deliveries_held ON deliveries (webhook) WHERE leased > 0;
