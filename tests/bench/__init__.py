"""What Inkvault costs, as ratios against something measured in the same run. Started by scripts/bench."""
