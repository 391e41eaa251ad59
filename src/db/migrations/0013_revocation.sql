CREATE TABLE "fire_drill_rows" (
	"drill" uuid NOT NULL,
	"line" integer NOT NULL,
	"given" text NOT NULL,
	"account" uuid,
	"status" text NOT NULL,
	"detail" text DEFAULT '' NOT NULL,
	"is_overridden" boolean DEFAULT false NOT NULL,
	"sessions_ended_at" timestamp with time zone,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "fire_drill_rows_drill_line_pk" PRIMARY KEY("drill","line")
);
--> statement-breakpoint
CREATE TABLE "fire_drills" (
	"id" uuid PRIMARY KEY NOT NULL,
	"access" text NOT NULL,
	"started_by" text NOT NULL,
	"reason" text NOT NULL,
	"approval" uuid NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"access_off_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "fire_drills_approval_unique" UNIQUE("approval")
);
--> statement-breakpoint
ALTER TABLE "access" ADD COLUMN "sessions_ended_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "fire_drill_rows" ADD CONSTRAINT "fire_drill_rows_drill_fire_drills_id_fk" FOREIGN KEY ("drill") REFERENCES "public"."fire_drills"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fire_drill_rows" ADD CONSTRAINT "fire_drill_rows_account_accounts_id_fk" FOREIGN KEY ("account") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fire_drills" ADD CONSTRAINT "fire_drills_approval_bulk_approvals_id_fk" FOREIGN KEY ("approval") REFERENCES "public"."bulk_approvals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "fire_drill_rows_drill_status_index" ON "fire_drill_rows" USING btree ("drill","status");--> statement-breakpoint
CREATE INDEX "fire_drill_rows_account_status_index" ON "fire_drill_rows" USING btree ("account","status");--> statement-breakpoint
-- An answer says until when sessions are over, so whoever keeps it is told of that, too.
DROP TRIGGER access_change_told ON access;
--> statement-breakpoint
CREATE TRIGGER access_change_told AFTER UPDATE ON access FOR EACH ROW
  WHEN ((OLD.account, OLD.access, OLD.restrictions, OLD.exemption, OLD.fallback, OLD.sessions_ended_at)
    IS DISTINCT FROM (NEW.account, NEW.access, NEW.restrictions, NEW.exemption, NEW.fallback, NEW.sessions_ended_at))
  EXECUTE FUNCTION notify_access();
