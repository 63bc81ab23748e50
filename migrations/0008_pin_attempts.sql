-- Wrong PINs are forgotten by the right one only, or after a year: a day would give a patient thief four a day for ever.
ALTER TABLE attempt_limits ADD COLUMN forget_at timestamptz;
