-- Wakes the dispatcher when rows are committed; it also polls, so a lost notification costs a moment and nothing else.
CREATE FUNCTION notify_inbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('forbear_inbox', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER inbox_arrived AFTER INSERT ON inbox FOR EACH STATEMENT EXECUTE FUNCTION notify_inbox();
--> statement-breakpoint
-- The audit log is only ever added to.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_log is append-only';
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
