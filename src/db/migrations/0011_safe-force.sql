CREATE TABLE "audit_anchors" (
	"seq" integer PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"up_to" bigint NOT NULL,
	"heads" integer NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL,
	"places" text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_words" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL,
	"words" text,
	"written_at" timestamp with time zone DEFAULT now() NOT NULL,
	"erased_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "breaker_acts" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"account" uuid NOT NULL,
	"effect" text NOT NULL,
	"country" text,
	"claimed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "breaker_asks" (
	"kind" text NOT NULL,
	"account" uuid NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"is_vetoed" boolean NOT NULL,
	CONSTRAINT "breaker_asks_kind_account_pk" PRIMARY KEY("kind","account")
);
--> statement-breakpoint
CREATE TABLE "breaker_census" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"paying" integer NOT NULL,
	"countries" jsonb NOT NULL,
	"forecast" jsonb NOT NULL,
	"counted_at" timestamp with time zone NOT NULL,
	CONSTRAINT "breaker_census_one" CHECK ("breaker_census"."one")
);
--> statement-breakpoint
CREATE TABLE "breakers" (
	"kind" text PRIMARY KEY NOT NULL,
	"tripped_at" timestamp with time zone,
	"cause" text,
	"detail" text,
	"counts_from" timestamp with time zone,
	"released_by" text,
	"release_reason" text,
	"allowance" integer DEFAULT 0 NOT NULL,
	"allowed_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"hold" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"told_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "sweep_looks" (
	"account" uuid PRIMARY KEY NOT NULL,
	"looked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sweeps" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"looked" integer DEFAULT 0 NOT NULL,
	"mended" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "switches" (
	"name" text PRIMARY KEY NOT NULL,
	"is_on" boolean NOT NULL,
	"turned_by" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "bounces" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"message_id" text NOT NULL,
	"recipient" text NOT NULL,
	"status" text NOT NULL,
	"is_permanent" boolean NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "bulk_approvals" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kind" text NOT NULL,
	"acts" jsonb NOT NULL,
	"count" integer NOT NULL,
	"hash" text NOT NULL,
	"asked_by" text NOT NULL,
	"reason" text NOT NULL,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"approved" boolean,
	"decided_by" text,
	"decided_at" timestamp with time zone,
	"consumed_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "consumed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "code_hash" text;--> statement-breakpoint
ALTER TABLE "access" ADD COLUMN "immunity" jsonb;--> statement-breakpoint
ALTER TABLE "sweep_looks" ADD CONSTRAINT "sweep_looks_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_words_account_index" ON "audit_words" USING btree ("account");--> statement-breakpoint
CREATE INDEX "breaker_acts_recent" ON "breaker_acts" USING btree ("kind","claimed_at");--> statement-breakpoint
CREATE INDEX "breaker_asks_recent" ON "breaker_asks" USING btree ("kind","asked_at");--> statement-breakpoint
CREATE INDEX "sweep_looks_looked_at_index" ON "sweep_looks" USING btree ("looked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "bounces_once" ON "bounces" USING btree ("message_id","recipient","status");--> statement-breakpoint
CREATE INDEX "bounces_recipient_index" ON "bounces" USING btree ("recipient");
--> statement-breakpoint
-- Like the log itself, its anchors only grow.
CREATE FUNCTION "refuse_rewriting"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "audit_anchors_grow" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_anchors"
	FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();
--> statement-breakpoint
-- Words may be erased, and nothing else may become of them.
CREATE FUNCTION "only_erase_words"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND NEW.words IS NULL AND NEW.erased_at IS NOT NULL
		AND (NEW.id, NEW.account, NEW.written_at) = (OLD.id, OLD.account, OLD.written_at) THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'words of the log can only be erased' USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "audit_words_erase" BEFORE UPDATE OR DELETE ON "audit_words"
	FOR EACH ROW EXECUTE FUNCTION "only_erase_words"();
