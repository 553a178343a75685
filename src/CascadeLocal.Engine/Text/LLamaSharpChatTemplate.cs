using System.Text;

using LLama;
using LLama.Exceptions;
using LLama.Native;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// The model's own template by llama.cpp's matcher, which recognises a template by fragments of it and does not run it.
/// So what it renders is checked to hold every message.
/// </summary>
/// <param name="modelName">The model's name, for messages.</param>
/// <param name="template">The template's source; null if the model has none.</param>
internal sealed class LLamaSharpChatTemplate(string modelName, string? template) : IChatTemplate
{
    /// <summary>The template inside <paramref name="model"/>.</summary>
    public static LLamaSharpChatTemplate Of(SafeLlamaModelHandle model, string modelName) =>
        new(modelName, model.GetTemplate(name: null, strict: false));

    /// <inheritdoc/>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        if (string.IsNullOrEmpty(template))
            throw new ChatTemplateException($"The model {modelName} has no chat template.");

        ReadOnlySpan<byte> rendered = Apply(messages, addGenerationPrompt);
        RequireAllMessages(rendered, messages);
        return Encoding.UTF8.GetString(rendered);
    }

    private ReadOnlySpan<byte> Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        try
        {
            // Holds the messages while it renders, so each conversation has its own.
            LLamaTemplate renderer = new(template!) { AddAssistant = addGenerationPrompt };
            foreach (ChatMessage message in messages)
                renderer.Add(message.Role, message.Content);
            return renderer.Apply();
        }
        catch (Exception exception) when (exception is MissingTemplateException or TemplateNotFoundException or RuntimeError)
        {
            throw new ChatTemplateException($"The chat template of the model {modelName} is not understood.", exception);
        }
    }

    private void RequireAllMessages(ReadOnlySpan<byte> rendered, IReadOnlyList<ChatMessage> messages)
    {
        for (int i = 0; i < messages.Count; i++)
        {
            // Some templates trim; nothing else may be lost, and nothing may change its place.
            byte[] content = Encoding.UTF8.GetBytes(messages[i].Content.Trim());
            int index = rendered.IndexOf(content);
            if (index < 0)
                throw new ChatTemplateException($"The chat template of the model {modelName} leaves out the text of message {i + 1} ({messages[i].Role}).");
            rendered = rendered[(index + content.Length)..];
        }
    }
}
