CREATE TABLE `accounts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`realm` text NOT NULL,
	`username` text NOT NULL,
	`username_folded` text NOT NULL,
	`email` text,
	`email_folded` text,
	`name` text,
	`password_hash` text NOT NULL,
	`role` text DEFAULT 'user' NOT NULL,
	`created_at` integer NOT NULL,
	`deactivated_at` integer
);
--> statement-breakpoint
CREATE INDEX `accounts_people` ON `accounts` (`realm`,`id`) WHERE deactivated_at is null;--> statement-breakpoint
CREATE TABLE `files` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`account_id` integer NOT NULL,
	`name` text NOT NULL,
	`key` text NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `files_name` ON `files` (`account_id`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `files_key` ON `files` (`key`);--> statement-breakpoint
CREATE TABLE `identifiers` (
	`realm` text NOT NULL,
	`folded` text NOT NULL,
	`kind` text NOT NULL,
	`account_id` integer NOT NULL,
	PRIMARY KEY(`realm`, `folded`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `identifiers_account` ON `identifiers` (`account_id`);--> statement-breakpoint
CREATE TABLE `intents` (
	`key` text PRIMARY KEY NOT NULL,
	`upload_id` text,
	`created_at` integer NOT NULL,
	`swept_at` integer,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE INDEX `intents_unswept` ON `intents` (`created_at`) WHERE swept_at is null;--> statement-breakpoint
CREATE INDEX `intents_swept` ON `intents` (`deleted_at`) WHERE swept_at is not null;--> statement-breakpoint
CREATE TABLE `movie_genres` (
	`movie_id` integer NOT NULL,
	`position` integer NOT NULL,
	`genre` text NOT NULL,
	`folded` text NOT NULL,
	`name` text NOT NULL,
	`popularity` real NOT NULL,
	`imdb_score` real NOT NULL,
	PRIMARY KEY(`movie_id`, `folded`),
	FOREIGN KEY (`movie_id`) REFERENCES `movies`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `genres_by_id` ON `movie_genres` (`folded`,`movie_id`);--> statement-breakpoint
CREATE INDEX `genres_by_name` ON `movie_genres` (`folded`,`name`,`movie_id`);--> statement-breakpoint
CREATE INDEX `genres_by_popularity` ON `movie_genres` (`folded`,`popularity`,`movie_id`);--> statement-breakpoint
CREATE INDEX `genres_by_score` ON `movie_genres` (`folded`,`imdb_score`,`movie_id`);--> statement-breakpoint
CREATE TABLE `movies` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`director` text NOT NULL,
	`director_folded` text NOT NULL,
	`popularity` real NOT NULL,
	`imdb_score` real NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `movies_name_director` ON `movies` (`name`,`director`);--> statement-breakpoint
CREATE INDEX `movies_by_name` ON `movies` (`name`,`id`);--> statement-breakpoint
CREATE INDEX `movies_by_popularity` ON `movies` (`popularity`,`id`);--> statement-breakpoint
CREATE INDEX `movies_by_score` ON `movies` (`imdb_score`,`id`);--> statement-breakpoint
CREATE INDEX `movies_of_director` ON `movies` (`director_folded`,`id`);--> statement-breakpoint
CREATE INDEX `movies_of_director_by_name` ON `movies` (`director_folded`,`name`,`id`);--> statement-breakpoint
CREATE INDEX `movies_of_director_by_popularity` ON `movies` (`director_folded`,`popularity`,`id`);--> statement-breakpoint
CREATE INDEX `movies_of_director_by_score` ON `movies` (`director_folded`,`imdb_score`,`id`);--> statement-breakpoint
CREATE TABLE `photos` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`account_id` integer NOT NULL,
	`key` text NOT NULL,
	`filename` text NOT NULL,
	`content_type` text NOT NULL,
	`bytes` integer NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`caption` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`published_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `photos_key` ON `photos` (`key`);--> statement-breakpoint
CREATE INDEX `photos_feed` ON `photos` (`published_at`,`id`) WHERE published_at is not null;--> statement-breakpoint
CREATE INDEX `photos_feed_of` ON `photos` (`account_id`,`published_at`,`id`) WHERE published_at is not null;--> statement-breakpoint
CREATE INDEX `photos_own` ON `photos` (`account_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `photos_drafts` ON `photos` (`account_id`,`created_at`,`id`) WHERE published_at is null;--> statement-breakpoint
CREATE TABLE `revocations` (
	`subject` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revocations_expiry` ON `revocations` (`expires_at`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`generation` integer DEFAULT 0 NOT NULL,
	`previous_nonce` text,
	`nonce` text NOT NULL,
	`next_nonce` text,
	`stepped_at` integer,
	`refreshed_at` integer,
	`refresh_ended_at` integer,
	`ended_at` integer,
	`user_agent` text,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sessions_account` ON `sessions` (`account_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `sessions_expiry` ON `sessions` (`expires_at`);