CREATE TABLE "alerts" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"severity" text NOT NULL,
	"title" text NOT NULL,
	"text" text NOT NULL,
	"remedy" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	"resolved_at" timestamp with time zone,
	"told_begin" text[] DEFAULT '{}' NOT NULL,
	"told_end" text[] DEFAULT '{}' NOT NULL,
	"told_at" timestamp with time zone
);
--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_one_open" ON "alerts" USING btree ("key") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "alerts_since_index" ON "alerts" USING btree ("since");--> statement-breakpoint
CREATE TABLE "intake_watch" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"sighted_at" timestamp with time zone,
	"walked_until" timestamp with time zone,
	"round_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "event_ids" (
	"event_id" text PRIMARY KEY NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "event_ids_age" ON "event_ids" USING brin ("received_at");--> statement-breakpoint
-- The inbox becomes partitioned by the day on which an event came; what is in it is taken along, its payload as plain text.
ALTER TABLE "inbox" RENAME TO "inbox_before";--> statement-breakpoint
ALTER SEQUENCE "inbox_seq_seq" OWNED BY NONE;--> statement-breakpoint
DROP INDEX "inbox_event_id";--> statement-breakpoint
DROP INDEX "inbox_pending";--> statement-breakpoint
DROP INDEX "inbox_account";--> statement-breakpoint
DROP INDEX "inbox_unmatched";--> statement-breakpoint
CREATE TABLE "inbox" (
	"seq" bigint DEFAULT nextval('inbox_seq_seq') NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"event_id" text NOT NULL,
	"type" text NOT NULL,
	"customer" text,
	"invoice" text,
	"subscription" text,
	"related" text,
	"livemode" boolean NOT NULL,
	"api_version" text,
	"created_at" timestamp with time zone NOT NULL,
	"source" text DEFAULT 'webhook' NOT NULL,
	"secret" text,
	"payload" "bytea" NOT NULL,
	"state" text NOT NULL,
	"account" uuid,
	"attempts" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp with time zone,
	"last_error" text,
	"dispatched_at" timestamp with time zone,
	CONSTRAINT "inbox_received_at_seq_pk" PRIMARY KEY("received_at","seq")
) PARTITION BY RANGE ("received_at");
--> statement-breakpoint
ALTER SEQUENCE "inbox_seq_seq" OWNED BY "inbox"."seq";--> statement-breakpoint
-- It is deflated already.
ALTER TABLE "inbox" ALTER COLUMN "payload" SET STORAGE EXTERNAL;--> statement-breakpoint
CREATE INDEX "inbox_pending" ON "inbox" USING btree ("seq") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "inbox_account" ON "inbox" USING btree ("account","dispatched_at") WHERE account is not null;--> statement-breakpoint
CREATE INDEX "inbox_waiting" ON "inbox" USING btree ("state","customer") WHERE state in ('unmatched', 'dead');--> statement-breakpoint
CREATE TRIGGER inbox_arrived AFTER INSERT ON inbox FOR EACH STATEMENT EXECUTE FUNCTION notify_inbox();
--> statement-breakpoint
-- What no day has a place for: an event is never turned away because nobody made one; and what outlives its day.
CREATE TABLE "inbox_rest" PARTITION OF "inbox" DEFAULT;
--> statement-breakpoint
-- Makes the partitions of today and of the days ahead. Waits for nobody: whoever inserts must not wait behind it. Safe to repeat.
CREATE FUNCTION make_inbox_days(ahead integer) RETURNS void LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
  day date;
  name text;
BEGIN
  FOR day IN SELECT (now() AT TIME ZONE 'UTC')::date + n FROM generate_series(0, ahead) AS n LOOP
    name := 'inbox_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE TABLE %I PARTITION OF inbox FOR VALUES FROM (%L) TO (%L)',
        name, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    EXCEPTION
      -- Its events are in inbox_rest already, and stay there; or another process was first.
      WHEN check_violation OR duplicate_table THEN NULL;
    END;
  END LOOP;
END $$;
--> statement-breakpoint
-- Drops the days that are older than so many, and the ids that are older than `ids_days`. What is still owed outlives its day.
CREATE FUNCTION drop_inbox_days(days integer, ids_days integer) RETURNS integer LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
  name text;
  dropped integer := 0;
  first_kept date := (now() AT TIME ZONE 'UTC')::date - days;
BEGIN
  FOR name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'inbox'::regclass AND c.relname ~ '^inbox_[0-9]{8}$'
      AND to_date(substr(c.relname, 7), 'YYYYMMDD') < first_kept
    ORDER BY c.relname
  LOOP
    EXECUTE format('ALTER TABLE inbox DETACH PARTITION %I', name);
    EXECUTE format('INSERT INTO inbox SELECT * FROM %I WHERE state IN (''pending'', ''unmatched'', ''dead'')', name);
    EXECUTE format('DROP TABLE %I', name);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM inbox_rest WHERE received_at < first_kept::timestamp AT TIME ZONE 'UTC' AND state NOT IN ('pending', 'unmatched', 'dead');
  DELETE FROM event_ids WHERE received_at < ((now() AT TIME ZONE 'UTC')::date - ids_days)::timestamp AT TIME ZONE 'UTC';
  RETURN dropped;
END $$;
--> statement-breakpoint
SELECT make_inbox_days(7);
--> statement-breakpoint
INSERT INTO "inbox" ("seq", "received_at", "event_id", "type", "customer", "invoice", "subscription", "livemode", "api_version", "created_at", "payload", "state", "account", "attempts", "retry_at", "last_error", "dispatched_at")
SELECT "seq", "received_at", "event_id", "type", "customer", "invoice", "subscription", "livemode", "api_version", "created_at", convert_to("payload"::text, 'UTF8'), "state", "account", "attempts", "retry_at", "last_error", "dispatched_at" FROM "inbox_before";
--> statement-breakpoint
INSERT INTO "event_ids" SELECT "event_id", "received_at", "seq" FROM "inbox_before";
--> statement-breakpoint
DROP TABLE "inbox_before";
--> statement-breakpoint
ALTER TABLE "rejected_deliveries" DROP CONSTRAINT "rejected_deliveries_day_reason_pk";--> statement-breakpoint
ALTER TABLE "rejected_deliveries" RENAME COLUMN "count" TO "times";--> statement-breakpoint
ALTER TABLE "rejected_deliveries" ALTER COLUMN "times" SET DEFAULT 1;--> statement-breakpoint
ALTER TABLE "rejected_deliveries" RENAME COLUMN "last_at" TO "at";--> statement-breakpoint
ALTER TABLE "rejected_deliveries" ALTER COLUMN "at" SET DEFAULT now();--> statement-breakpoint
ALTER TABLE "rejected_deliveries" DROP COLUMN "day";--> statement-breakpoint
ALTER TABLE "rejected_deliveries" ADD COLUMN "id" bigserial PRIMARY KEY NOT NULL;--> statement-breakpoint
ALTER TABLE "rejected_deliveries" ADD COLUMN "header_hash" text;--> statement-breakpoint
ALTER TABLE "rejected_deliveries" ADD COLUMN "body_hash" text;--> statement-breakpoint
ALTER TABLE "rejected_deliveries" ADD COLUMN "claimed_event" text;--> statement-breakpoint
CREATE INDEX "rejected_deliveries_at_index" ON "rejected_deliveries" USING btree ("at");
