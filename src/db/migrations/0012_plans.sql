ALTER TABLE "accounts" ADD COLUMN "plan" text;--> statement-breakpoint
ALTER TABLE "breaker_acts" ADD COLUMN "plan" text;--> statement-breakpoint
ALTER TABLE "breaker_census" ADD COLUMN "plans" jsonb DEFAULT '{}'::jsonb NOT NULL;