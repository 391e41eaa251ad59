CREATE TABLE "account_contacts" (
	"account" uuid NOT NULL,
	"role" text NOT NULL,
	"email" text NOT NULL,
	"name" text,
	CONSTRAINT "account_contacts_account_role_email_pk" PRIMARY KEY("account","role","email")
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account" uuid NOT NULL,
	"kind" text NOT NULL,
	"granted_by" text NOT NULL,
	"reason" text NOT NULL,
	"from_at" timestamp with time zone NOT NULL,
	"until" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"ended_by" text
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "time_zone" text;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "country" text;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "account_contacts" ADD CONSTRAINT "account_contacts_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "grants_account_index" ON "grants" USING btree ("account");--> statement-breakpoint
INSERT INTO "account_contacts" ("account", "role", "email")
SELECT DISTINCT "id", 'billing', unnest("contacts") FROM "accounts";--> statement-breakpoint
ALTER TABLE "accounts" DROP COLUMN "contacts";