-- What a year's reports and "what if" read, counted beforehand: counts without apps, counts by month, waits of closed days, and fates.

-- report_counts without the app: what a chart by day draws; and by whole months: what a list of apps adds up.
CREATE TABLE report_days (
  name text NOT NULL,
  day date NOT NULL,
  detail text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (name, day, detail)
);
CREATE TABLE report_months (
  name text NOT NULL,
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  key text NOT NULL,
  detail text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (name, month, key, detail)
);

-- Kept by the table itself, in the transaction of whoever counts: a node of the release before, and a count that comes days late,
-- are in them at once. Rows of report_counts are all written before this runs; from here on one waits for the other, so that
-- two nodes never wait for each other.
CREATE FUNCTION add_report_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changes report_counts[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(ROW (a.name, a.day, a.key, a.detail, a.count)::report_counts) INTO changes FROM added AS a;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(ROW (t.name, t.day, t.key, t.detail, -t.count)::report_counts) INTO changes FROM taken AS t;
  ELSE
    SELECT array_agg(ROW (c.name, c.day, c.key, c.detail, c.count)::report_counts) INTO changes FROM (
      SELECT name, day, key, detail, count FROM added
      UNION ALL SELECT name, day, key, detail, -count FROM taken) AS c;
  END IF;
  IF changes IS NULL THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock(7204004);
  INSERT INTO report_days AS d (name, day, detail, count)
    SELECT c.name, c.day, c.detail, sum(c.count) FROM unnest(changes) AS c GROUP BY 1, 2, 3
    ON CONFLICT (name, day, detail) DO UPDATE SET count = d.count + excluded.count;
  INSERT INTO report_months AS m (name, month, key, detail, count)
    SELECT c.name, date_trunc('month', c.day)::date, c.key, c.detail, sum(c.count) FROM unnest(changes) AS c GROUP BY 1, 2, 3, 4
    ON CONFLICT (name, month, key, detail) DO UPDATE SET count = m.count + excluded.count;
  RETURN NULL;
END $$;
CREATE TRIGGER report_counts_added AFTER INSERT ON report_counts
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_report_counts();
CREATE TRIGGER report_counts_changed AFTER UPDATE ON report_counts
  REFERENCING OLD TABLE AS taken NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_report_counts();
CREATE TRIGGER report_counts_taken AFTER DELETE ON report_counts
  REFERENCING OLD TABLE AS taken FOR EACH STATEMENT EXECUTE FUNCTION add_report_counts();
-- The triggers' lock on the table is held until this commits: nothing is counted in between.
INSERT INTO report_days (name, day, detail, count)
  SELECT name, day, detail, sum(count) FROM report_counts GROUP BY 1, 2, 3;
INSERT INTO report_months (name, month, key, detail, count)
  SELECT name, date_trunc('month', day)::date, key, detail, sum(count) FROM report_counts GROUP BY 1, 2, 3, 4;

-- How many seconds each decision of a day took, in ascending order; a median of a year is made of nothing less. `closed_until`: the last
-- day that stands in it.
CREATE TABLE case_times (
  day date NOT NULL,
  method text NOT NULL,
  waits integer[] NOT NULL,
  PRIMARY KEY (day, method)
);
CREATE TABLE case_times_closed (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  closed_until date
);
INSERT INTO case_times_closed DEFAULT VALUES;

-- How the users of 30 days would fare if a client, a service or a scope were raised to level2. Counted anew every hour. `commune` is
-- empty where it is unknown. No citizens.
CREATE TABLE what_if_counts (
  kind text NOT NULL CHECK (kind IN ('client', 'service', 'scope')),
  id text NOT NULL,
  commune text NOT NULL,
  band text NOT NULL,
  fine integer NOT NULL,
  step integer NOT NULL,
  stopped integer NOT NULL,
  PRIMARY KEY (kind, id, commune, band)
);
CREATE TABLE what_if_counted (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  as_of timestamptz
);
INSERT INTO what_if_counted DEFAULT VALUES;

-- Verifications from before 0032 have no year of birth; a job fills it in, and then finds none.
CREATE INDEX verifications_without_year ON verifications (id) WHERE birth_year IS NULL AND person_sealed IS NOT NULL;

-- The indexes by number of 0032 hold every row of these, and answer the same questions.
DROP INDEX verifications_ended_by_number;
DROP INDEX cases_verified_number;
