-- What a booking was made with of the vendor's classic product: lists of bookings are filtered by it.
ALTER TABLE bookings ADD COLUMN booking_page TEXT;
ALTER TABLE bookings ADD COLUMN master_page TEXT;
ALTER TABLE bookings ADD COLUMN event_type TEXT;
