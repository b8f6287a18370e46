import { useEffect, useRef, useState } from "react";
import { Button } from "../parts/button.js";
import { text } from "../text/en.js";

const words = text.pictures;

/** What the camera sees, and a button that takes a picture of it. The camera is let go when this ends. */
export default function Camera({ onPicture, onEnd }: { onPicture: (file: File) => void; onEnd: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState("");
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let isWanted = true;
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
      (opened) => {
        stream = opened;
        if (!isWanted) return stopped(opened);
        video.current!.srcObject = opened;
      },
      () => setProblem(words.noCamera),
    );
    return () => {
      isWanted = false;
      if (stream) stopped(stream);
    };
  }, []);
  const take = () => {
    const { videoWidth: width, videoHeight: height } = video.current!;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d")!.drawImage(video.current!, 0, 0);
    canvas.toBlob(
      (blob) => blob && onPicture(new File([blob], words.cameraFile, { type: blob.type })),
      "image/png",
    );
  };
  return (
    <div className="camera">
      {problem ? (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      ) : (
        <video
          ref={video}
          autoPlay
          playsInline
          muted
          aria-label={words.cameraSees}
          onPlaying={() => setReady(true)}
        />
      )}
      <div className="picture-buttons">
        {!problem && (
          <Button kind="main" onPress={take} isDisabled={!isReady}>
            {words.take}
          </Button>
        )}
        <Button onPress={onEnd}>{words.closeCamera}</Button>
      </div>
    </div>
  );
}

function stopped(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
