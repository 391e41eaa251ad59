-- Whatever tells the api processes of a changed answer also leaves it in the outbox, in the same transaction, so that it is
-- pushed even if nobody was listening. Where nobody is pushed to, nothing is written.
CREATE FUNCTION leave_in_access_outbox(changed uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO access_outbox (account) SELECT changed WHERE EXISTS (SELECT FROM webhook_endpoints);
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION notify_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_notify('forbear_access', OLD.account::text);
    PERFORM leave_in_access_outbox(OLD.account);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_notify('forbear_access', NEW.account::text);
    IF TG_OP = 'INSERT' OR NEW.account <> OLD.account THEN PERFORM leave_in_access_outbox(NEW.account); END IF;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION notify_access_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('forbear_access', OLD.id::text);
  PERFORM leave_in_access_outbox(OLD.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
DROP TRIGGER access_change_told ON access;
--> statement-breakpoint
CREATE TRIGGER access_change_told AFTER UPDATE ON access FOR EACH ROW
  WHEN ((OLD.account, OLD.access, OLD.restrictions, OLD.exemption, OLD.fallback)
    IS DISTINCT FROM (NEW.account, NEW.access, NEW.restrictions, NEW.exemption, NEW.fallback))
  EXECUTE FUNCTION notify_access();
