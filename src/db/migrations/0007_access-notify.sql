-- Tells every api process whose finished answers are out of date: the account's id, `key:` and a key's hash, or `*` for all.
-- It is sent with the commit, by whoever writes, and only where something that an answer shows may have changed. What
-- is not known yet is kept by nobody, so a new account or key is not told.
CREATE FUNCTION notify_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM pg_notify('forbear_access', OLD.account::text); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM pg_notify('forbear_access', NEW.account::text); END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION notify_access_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('forbear_access', OLD.id::text);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION notify_access_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('forbear_access', 'key:' || OLD.hash);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION notify_access_of_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('forbear_access', '*');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER access_told AFTER INSERT OR DELETE ON access FOR EACH ROW EXECUTE FUNCTION notify_access();
--> statement-breakpoint
CREATE TRIGGER access_change_told AFTER UPDATE ON access FOR EACH ROW
  WHEN ((OLD.account, OLD.access, OLD.restrictions, OLD.exemption) IS DISTINCT FROM (NEW.account, NEW.access, NEW.restrictions, NEW.exemption))
  EXECUTE FUNCTION notify_access();
--> statement-breakpoint
CREATE TRIGGER cases_told AFTER INSERT OR DELETE ON cases FOR EACH ROW EXECUTE FUNCTION notify_access();
--> statement-breakpoint
CREATE TRIGGER cases_change_told AFTER UPDATE ON cases FOR EACH ROW
  WHEN ((OLD.account, OLD.closed_at, OLD.owed, OLD.next_step, OLD.next_at, OLD.file -> 'told', OLD.file -> 'hold')
    IS DISTINCT FROM (NEW.account, NEW.closed_at, NEW.owed, NEW.next_step, NEW.next_at, NEW.file -> 'told', NEW.file -> 'hold'))
  EXECUTE FUNCTION notify_access();
--> statement-breakpoint
CREATE TRIGGER account_customers_told AFTER UPDATE OR DELETE ON account_customers FOR EACH ROW EXECUTE FUNCTION notify_access();
--> statement-breakpoint
CREATE TRIGGER accounts_told AFTER DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION notify_access_of_account();
--> statement-breakpoint
CREATE TRIGGER accounts_change_told AFTER UPDATE ON accounts FOR EACH ROW
  WHEN ((OLD.id, OLD.ref, OLD.billing_status) IS DISTINCT FROM (NEW.id, NEW.ref, NEW.billing_status))
  EXECUTE FUNCTION notify_access_of_account();
--> statement-breakpoint
CREATE TRIGGER api_keys_told AFTER DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION notify_access_of_key();
--> statement-breakpoint
CREATE TRIGGER api_keys_change_told AFTER UPDATE ON api_keys FOR EACH ROW
  WHEN ((OLD.id, OLD.hash, OLD.scopes, OLD.expires_at, OLD.revoked_at) IS DISTINCT FROM (NEW.id, NEW.hash, NEW.scopes, NEW.expires_at, NEW.revoked_at))
  EXECUTE FUNCTION notify_access_of_key();
--> statement-breakpoint
CREATE TRIGGER access_emptied AFTER TRUNCATE ON access FOR EACH STATEMENT EXECUTE FUNCTION notify_access_of_all();
--> statement-breakpoint
CREATE TRIGGER cases_emptied AFTER TRUNCATE ON cases FOR EACH STATEMENT EXECUTE FUNCTION notify_access_of_all();
--> statement-breakpoint
CREATE TRIGGER account_customers_emptied AFTER TRUNCATE ON account_customers FOR EACH STATEMENT EXECUTE FUNCTION notify_access_of_all();
--> statement-breakpoint
CREATE TRIGGER accounts_emptied AFTER TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION notify_access_of_all();
--> statement-breakpoint
CREATE TRIGGER api_keys_emptied AFTER TRUNCATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION notify_access_of_all();
