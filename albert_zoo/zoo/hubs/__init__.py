"""The Hugging Face hub and Kaggle: what lies there, fetched and uploaded."""
