ALTER TABLE `files` ADD `sha256` text;--> statement-breakpoint
ALTER TABLE `intents` ADD `bytes` integer;--> statement-breakpoint
ALTER TABLE `photos` ADD `frames` integer;--> statement-breakpoint
ALTER TABLE `photos` ADD `taken_at` text;--> statement-breakpoint
ALTER TABLE `photos` ADD `sha256` text;--> statement-breakpoint
ALTER TABLE `photos` ADD `source_sha256` text;--> statement-breakpoint
ALTER TABLE `photos` ADD `placeholder` text;--> statement-breakpoint
CREATE INDEX `photos_source` ON `photos` (`account_id`,`source_sha256`);