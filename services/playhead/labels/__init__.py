"""When an impression or a play has met its outcome; what "finished" and "binge" mean, once."""
