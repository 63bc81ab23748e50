-- Services that subscribed hear of what ends for a citizen (RFC 8417, RFC 8935): every such line of the audit chain is a job.

-- A trigger and not a call of ours: whatever act writes the line, now or later, is told, in the act's own transaction.
CREATE FUNCTION tell_services() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM resource_servers WHERE metadata ? 'events_endpoint' AND disabled_at IS NULL) THEN
    PERFORM graphile_worker.add_job('security_event', json_build_object('seq', NEW.seq::text), max_attempts => 12);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_events_tell_services AFTER INSERT ON audit_events
  FOR EACH ROW
  WHEN (NEW.event IN ('account.suspended', 'account.closed', 'level2.held', 'verification.ended', 'session.ended'))
  EXECUTE FUNCTION tell_services();
