namespace CascadeLocal.Engine.Text;

/// <summary>A model's chat template is missing, is not understood, or refuses the conversation.</summary>
public sealed class ChatTemplateException(string message, Exception? inner = null) : Exception(message, inner);
