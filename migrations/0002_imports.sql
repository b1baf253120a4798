CREATE TABLE `import_rows` (
	`import_id` text NOT NULL,
	`number` integer NOT NULL,
	`name` text NOT NULL,
	`director` text NOT NULL,
	`director_folded` text NOT NULL,
	`popularity` real NOT NULL,
	`imdb_score` real NOT NULL,
	`genres` text NOT NULL,
	PRIMARY KEY(`import_id`, `name`, `director`)
);
--> statement-breakpoint
CREATE TABLE `imports` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`committed_at` integer,
	`staged` integer,
	`remaining` integer,
	`existing` integer
);
--> statement-breakpoint
CREATE INDEX `imports_age` ON `imports` (`created_at`);