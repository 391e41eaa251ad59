CREATE TABLE "policy_overrides" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"account" uuid NOT NULL,
	"patch" jsonb NOT NULL,
	"book" text NOT NULL,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"from" timestamp with time zone DEFAULT now() NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"ended_by" text
);
--> statement-breakpoint
ALTER TABLE "policies" ADD COLUMN "book" text;--> statement-breakpoint
ALTER TABLE "policies" ADD COLUMN "source" jsonb;--> statement-breakpoint
ALTER TABLE "policy_overrides" ADD CONSTRAINT "policy_overrides_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy_overrides" ADD CONSTRAINT "policy_overrides_book_policies_version_fk" FOREIGN KEY ("book") REFERENCES "public"."policies"("version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "policy_overrides_account_id_index" ON "policy_overrides" USING btree ("account","id");