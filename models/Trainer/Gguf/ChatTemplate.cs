namespace CascadeLocal.Trainer.Gguf;

/// <summary>ChatML, the form of every training conversation, as the template that a GGUF carries.</summary>
internal static class ChatTemplate
{
    /// <summary>The Jinja text. llama.cpp recognises it by its markers.</summary>
    public const string Jinja =
        "{% for message in messages %}"
        + "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
        + "{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
}
