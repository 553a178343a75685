namespace CascadeLocal.Server.Configuration;

/// <summary>The configuration cannot be used; the message says where and why, in one or two sentences.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
