CREATE TABLE `storage_usage` (
	`account_id` integer PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	`photos` integer NOT NULL,
	`files` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);

--> statement-breakpoint
INSERT INTO storage_usage (account_id, bytes, photos, files)
SELECT account_id, sum(bytes), sum(photos), sum(files) FROM (
  SELECT account_id, bytes, 1 AS photos, 0 AS files FROM photos
  UNION ALL SELECT account_id, bytes, 0, 1 FROM files
) GROUP BY account_id;
--> statement-breakpoint
CREATE TRIGGER photos_use_storage AFTER INSERT ON photos BEGIN
  INSERT INTO storage_usage (account_id, bytes, photos, files) VALUES (new.account_id, new.bytes, 1, 0)
  ON CONFLICT (account_id) DO UPDATE SET bytes = bytes + new.bytes, photos = photos + 1;
END;
--> statement-breakpoint
CREATE TRIGGER photos_free_storage AFTER DELETE ON photos BEGIN
  UPDATE storage_usage SET bytes = bytes - old.bytes, photos = photos - 1 WHERE account_id = old.account_id;
END;
--> statement-breakpoint
CREATE TRIGGER files_use_storage AFTER INSERT ON files BEGIN
  INSERT INTO storage_usage (account_id, bytes, photos, files) VALUES (new.account_id, new.bytes, 0, 1)
  ON CONFLICT (account_id) DO UPDATE SET bytes = bytes + new.bytes, files = files + 1;
END;
--> statement-breakpoint
CREATE TRIGGER files_free_storage AFTER DELETE ON files BEGIN
  UPDATE storage_usage SET bytes = bytes - old.bytes, files = files - 1 WHERE account_id = old.account_id;
END;
