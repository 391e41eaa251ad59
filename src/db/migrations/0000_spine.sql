CREATE TABLE "access" (
	"account" uuid PRIMARY KEY NOT NULL,
	"access" text DEFAULT 'active' NOT NULL,
	"restrictions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"version" bigint DEFAULT 0 NOT NULL,
	"fence" bigint DEFAULT 0 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_customers" (
	"customer" text PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"ref" text NOT NULL,
	"name" text NOT NULL,
	"contacts" text[] DEFAULT '{}' NOT NULL,
	"billing_status" text DEFAULT 'current' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_ref_unique" UNIQUE("ref")
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"effect" text NOT NULL,
	"body" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL,
	"stage" text NOT NULL,
	"owed" jsonb NOT NULL,
	"next_step" text,
	"next_at" timestamp with time zone,
	"hold" text,
	"opened_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"file" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "effects" (
	"account" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"step" text NOT NULL,
	"round" integer NOT NULL,
	"fence" bigint NOT NULL,
	"claims" integer DEFAULT 1 NOT NULL,
	"standing_read_at" timestamp with time zone,
	"claimed_at" timestamp with time zone NOT NULL,
	"settled_at" timestamp with time zone,
	"outcome" jsonb,
	CONSTRAINT "effects_account_case_id_step_round_pk" PRIMARY KEY("account","case_id","step","round")
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"event_id" text NOT NULL,
	"type" text NOT NULL,
	"customer" text,
	"invoice" text,
	"subscription" text,
	"livemode" boolean NOT NULL,
	"api_version" text,
	"created_at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"payload" jsonb NOT NULL,
	"state" text NOT NULL,
	"account" uuid,
	"attempts" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp with time zone,
	"last_error" text,
	"dispatched_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"message_id" text PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"round" integer NOT NULL,
	"topic" text NOT NULL,
	"promised_step" text,
	"promised_at" timestamp with time zone,
	"recipients" text[] NOT NULL,
	"accepted_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "policies" (
	"version" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"policy" jsonb NOT NULL,
	"first_used_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rejected_deliveries" (
	"day" text NOT NULL,
	"reason" text NOT NULL,
	"count" integer NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "rejected_deliveries_day_reason_pk" PRIMARY KEY("day","reason")
);
--> statement-breakpoint
CREATE TABLE "snapshots" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL,
	"target" text NOT NULL,
	"resource" text NOT NULL,
	"kind" text NOT NULL,
	"state" jsonb NOT NULL,
	"taken_at" timestamp with time zone DEFAULT now() NOT NULL,
	"restored_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "access" ADD CONSTRAINT "access_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_customers" ADD CONSTRAINT "account_customers_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "effects" ADD CONSTRAINT "effects_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_customers_account_index" ON "account_customers" USING btree ("account");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_log_chain" ON "audit_log" USING btree ("account","position");--> statement-breakpoint
CREATE UNIQUE INDEX "cases_one_open" ON "cases" USING btree ("account") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "cases_stage_index" ON "cases" USING btree ("stage");--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_event_id" ON "inbox" USING btree ("event_id");--> statement-breakpoint
CREATE INDEX "inbox_pending" ON "inbox" USING btree ("seq") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "inbox_account" ON "inbox" USING btree ("account","dispatched_at");--> statement-breakpoint
CREATE INDEX "inbox_unmatched" ON "inbox" USING btree ("customer") WHERE state = 'unmatched';--> statement-breakpoint
CREATE INDEX "notices_account_case_id_index" ON "notices" USING btree ("account","case_id");--> statement-breakpoint
CREATE UNIQUE INDEX "snapshots_standing" ON "snapshots" USING btree ("account","target","resource") WHERE restored_at is null;