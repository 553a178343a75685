namespace CascadeLocal.Trainer.Training;

/// <summary>Makes the source of a seed. Equal seeds give equal questions.</summary>
internal delegate ITaskSource TaskSourceFactory(ulong seed);
