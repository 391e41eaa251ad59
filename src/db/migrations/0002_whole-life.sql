CREATE TABLE "approvals" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"round" integer NOT NULL,
	"plan" jsonb NOT NULL,
	"plan_hash" text NOT NULL,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"approved" boolean,
	"decided_at" timestamp with time zone,
	"decided_by" text
);
--> statement-breakpoint
CREATE TABLE "deletions" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"target" text NOT NULL,
	"resource" text NOT NULL,
	"kind" text NOT NULL,
	"archive" text NOT NULL,
	"archived_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "findings" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"text" text NOT NULL,
	"found_at" timestamp with time zone NOT NULL,
	"resolved_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "promises" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"message_id" text NOT NULL,
	"account" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"step" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"accepted_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "access" ADD COLUMN "exemption" jsonb;--> statement-breakpoint
ALTER TABLE "access" ADD COLUMN "forgiven" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "language" text;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "findings" ADD CONSTRAINT "findings_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "approvals_one_a_round" ON "approvals" USING btree ("account","case_id","round");--> statement-breakpoint
CREATE UNIQUE INDEX "deletions_one_a_resource" ON "deletions" USING btree ("account","case_id","target","resource");--> statement-breakpoint
CREATE UNIQUE INDEX "findings_one_open" ON "findings" USING btree ("account","kind","subject") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "promises_account_case_id_index" ON "promises" USING btree ("account","case_id");--> statement-breakpoint
INSERT INTO "promises" ("message_id", "account", "case_id", "step", "at", "accepted_at")
SELECT "message_id", "account", "case_id", "promised_step", "promised_at", "accepted_at" FROM "notices"
WHERE "promised_step" IS NOT NULL AND "promised_at" IS NOT NULL ORDER BY "round";--> statement-breakpoint
ALTER TABLE "notices" DROP COLUMN "promised_step";--> statement-breakpoint
ALTER TABLE "notices" DROP COLUMN "promised_at";