namespace CascadeLocal.Engine;

/// <summary>A generation was ended by a failure inside the engine or because the model is being unloaded.</summary>
public sealed class EngineException(string message, Exception? inner = null) : Exception(message, inner);
