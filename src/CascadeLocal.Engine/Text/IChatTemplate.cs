namespace CascadeLocal.Engine.Text;

/// <summary>Turns a conversation into the prompt text a model was trained on.</summary>
internal interface IChatTemplate
{
    /// <summary>
    /// Renders <paramref name="messages"/>, ending with the header of the assistant's turn when
    /// <paramref name="addGenerationPrompt"/> is set.
    /// </summary>
    /// <exception cref="ChatTemplateException">The template cannot render this conversation.</exception>
    string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt);
}
