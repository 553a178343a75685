namespace CascadeLocal.Cli.Commands;

/// <summary>A command cannot do what it was asked; the message is for the user.</summary>
internal sealed class CommandFailedException(string message) : Exception(message);
